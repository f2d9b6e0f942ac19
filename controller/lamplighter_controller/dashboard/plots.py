"""Latency and energy of one device over time."""

from typing import Any

from textual_plotext import PlotextPlot

Json = dict[str, Any]
COLOURS = ("cyan", "orange")
LIMIT_COLOUR = "red"
# A limit further away than this many times the highest value would flatten the curve.
FAR = 3.0


class SeriesPlot(PlotextPlot):
    """Lines over seconds before the newest window."""

    def __init__(self, title: str, fields: dict[str, str], *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._fields = fields
        self.border_title = title
        self.border_subtitle = "seconds before the newest window"

    def show(self, windows: list[Json], limit: float = 0.0) -> None:
        """Draw the telemetry windows and, where there is one, the limit.

        `fields` maps a field to its legend.
        """
        self.plt.clear_figure()
        if windows:
            newest = float(windows[-1].get("start") or 0)
            x = [float(w.get("start") or 0) - newest for w in windows]
            for colour, (name, legend) in zip(COLOURS, self._fields.items(), strict=False):
                y = [float(w.get(name) or 0) for w in windows]
                label = legend if len(self._fields) > 1 else None
                self.plt.plot(x, y, label=label, color=colour)
            top = max(float(w.get(name) or 0) for w in windows for name in self._fields)
            near = limit if limit < FAR * top else 0.0
            if near:
                self.plt.hline(near, LIMIT_COLOUR)
            self.plt.ylim(0, max(top, near) * 1.1 or 1)
        self.refresh()
