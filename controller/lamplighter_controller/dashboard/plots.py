"""Latency and energy of one device over time."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, product

from lamplighter_wire.messages import Telemetry
from textual_plotext import PlotextPlot

COLOURS = ("cyan", "orange", "green+", "magenta+", "blue+", "white")
LIMIT_COLOUR = "red"
# A limit further away than this many times the highest value would flatten the curve.
FAR = 3.0
Figure = Callable[[Telemetry], float]


class SeriesPlot(PlotextPlot):
    """Lines over seconds before the newest window; `figures` maps a legend to its line.

    Each stream of a device has lines of its own.
    """

    def __init__(self, title: str, figures: Mapping[str, Figure], *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._figures = figures
        self.border_title = title
        self.border_subtitle = "seconds before the newest window"

    def show(self, windows: Sequence[Telemetry], limit: float = 0.0) -> None:
        """Draw the telemetry windows and, where there is one, the limit."""
        self.plt.clear_figure()
        if windows:
            top = self._draw(windows)
            near = limit if limit < FAR * top else 0.0
            if near:
                self.plt.hline(near, LIMIT_COLOUR)
            self.plt.ylim(0, max(top, near) * 1.1 or 1)
        self.refresh()

    def _draw(self, windows: Sequence[Telemetry]) -> float:
        """All lines; their highest value."""
        lines = list(product(streams_in(windows).items(), self._figures.items()))
        top = 0.0
        for colour, ((stream, shown), (legend, figure)) in zip(cycle(COLOURS), lines, strict=False):
            seconds = [window.start - windows[-1].start for window in shown]
            values = [figure(window) for window in shown]
            label = f"{stream} {legend}".strip() if len(lines) > 1 else None
            self.plt.plot(seconds, values, label=label, color=colour)
            top = max(top, *values)
        return top


def streams_in(windows: Sequence[Telemetry]) -> dict[str, list[Telemetry]]:
    """The windows of each stream, in their order."""
    streams: dict[str, list[Telemetry]] = {}
    for window in windows:
        streams.setdefault(window.stream, []).append(window)
    return streams
