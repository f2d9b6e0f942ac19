"""Lines over time, with what happened meanwhile."""

import math
import time
from collections.abc import Sequence

from textual_plotext import PlotextPlot

from lamplighter_dashboard.model.device_charts import BREACH, SHIFT, UPDATE, Chart, Series

COLOURS = ("cyan+", "orange", "green+", "magenta+", "blue+", "white")
MARKERS = ("hd", "braille", "dot", "+", "x", "o")
"""What lines are made of differs, so that no colour is needed."""
LIMIT_COLOUR = "red+"
NO_COLOUR = "default"
"""The ground of the theme shows through, whichever that is by then."""
MARK_COLOURS = {UPDATE: "gray", SHIFT: "blue+", BREACH: "red+"}
# A limit further away than this many times the highest value would flatten the curve.
FAR = 3.0
TICKS = 5
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class SeriesPlot(PlotextPlot):
    """One chart with its title in the border."""

    def __init__(self, title: str, *, id: str) -> None:  # noqa: A002 - as Textual has it
        super().__init__(id=id)
        self.border_title = title

    def show(self, chart: Chart, span: str = "") -> None:
        """Draw it. `span`: how long a time it is, in words."""
        self.plt.clear_figure()
        drawn = [series for series in chart.series if series.values]
        if drawn:
            top = max(max(series.values) for series in drawn)
            near = chart.limit if chart.limit < FAR * top else 0.0
            if chart.limit and not near:
                span = f"limit {chart.limit:g}, far above; {span}"
            self._lines(drawn, named=len(drawn) > 1)
            ticks = rounded_ticks(max(top, near))
            self._limit_and_marks(chart, near, ticks[-1])
            self.plt.ylim(0, ticks[-1])
            self.plt.yticks(ticks, [f"{tick:g}" for tick in ticks])
            self._axis(chart)
        self.border_subtitle = span if drawn else f"nothing measured in {span}"
        self.refresh()

    def _lines(self, drawn: Sequence[Series], *, named: bool) -> None:
        for index, series in enumerate(drawn):
            for part, stretch in enumerate(series.stretches):
                self.plt.plot(
                    list(stretch.at),
                    list(stretch.values),
                    label=series.name if named and not part else None,
                    color=COLOURS[index % len(COLOURS)],
                    marker=MARKERS[index % len(MARKERS)],
                )

    def _limit_and_marks(self, chart: Chart, near: float, top: float) -> None:
        """Lines with letters at their top and a word, which are read without colour."""
        if near:
            self.plt.hline(near, LIMIT_COLOUR)
            word = f"limit {near:g}"
            self.plt.text(
                word,
                x=chart.begin,
                y=near,
                color=LIMIT_COLOUR,
                background=NO_COLOUR,
                alignment="left",
            )
        for mark in chart.marks:
            if chart.begin <= mark.at <= chart.end:
                colour = MARK_COLOURS.get(mark.sign, "gray")
                self.plt.vline(mark.at, colour)
                self.plt.scatter([mark.at], [top], marker=mark.sign, color=colour)

    def _axis(self, chart: Chart) -> None:
        """Times of day: rounded ones are read, seconds before now are not."""
        step = (chart.end - chart.begin) / (TICKS - 1)
        at = [chart.begin + i * step for i in range(TICKS)]
        shape = "%H:%M:%S" if step < 60 else "%H:%M" if step < 43_200 else "%d %H:%M"
        self.plt.xlim(chart.begin, chart.end)
        self.plt.xticks(at, [time.strftime(shape, time.localtime(tick)) for tick in at])


def rounded_ticks(top: float) -> list[float]:
    """From 0 to a bit above the highest value, in steps that are read at a glance."""
    least = (top or 1.0) * 1.05 / (TICKS - 1)
    size = 10.0 ** math.floor(math.log10(least))
    step = next(size * factor for factor in STEPS if size * factor >= least)
    return [round(step * i, 12) for i in range(TICKS)]
