"""Latency and energy of one device over time."""

from typing import Any

from textual_plotext import PlotextPlot

Json = dict[str, Any]


class SeriesPlot(PlotextPlot):
    """Lines over seconds before now."""

    def __init__(self, title: str, fields: dict[str, str], *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._title = title
        self._fields = fields

    def show(self, windows: list[Json]) -> None:
        """Draw the telemetry windows; `fields` maps a field to its legend."""
        self.plt.clear_figure()
        self.plt.title(self._title)
        if windows:
            newest = float(windows[-1].get("start") or 0)
            x = [float(w.get("start") or 0) - newest for w in windows]
            for name, legend in self._fields.items():
                self.plt.plot(x, [float(w.get(name) or 0) for w in windows], label=legend)
            self.plt.xlabel("seconds before the newest window")
        self.refresh()
