"""Accuracy against what it is paid with, as letters in a grid of characters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lamplighter_client.documents.making.fronts import FrontPoint
from lamplighter_client.making.costs import UNITS, accuracy_of, cost_of, name_of
from rich.text import Text
from textual.widgets import Static

from lamplighter_dashboard.model.front_view import FrontView
from lamplighter_dashboard.widgets.series_plot import rounded_ticks

AXIS_CELLS, BELOW_ROWS = 6, 2
LEAST_SPAN = 0.02  # of accuracy
OTHER, SERVING, STEP, LIMIT = "·", "●", "─", "│"
# A limit beyond so many times the dearest point would press the points together.
FAR = 2.0
Cell = tuple[str, str]
"""A sign and its tone."""


@dataclass(frozen=True)
class Scale:
    """From figures to cells: the dearest at the right, the most accurate at the top."""

    dearest: float
    least: float
    most: float
    columns: int
    rows: int

    def column(self, cost: float) -> int:
        """Of a cost, from the left."""
        return min(self.columns - 1, round(cost / self.dearest * (self.columns - 1)))

    def row(self, accuracy: float) -> int:
        """Of an accuracy, from the top."""
        share = (accuracy - self.least) / (self.most - self.least)
        return round((1 - share) * (self.rows - 1))


class FrontPlot(Static):
    """A letter for each point that no other beats, a dot for the others."""

    _shown: tuple[FrontView, Mapping[str, str], Sequence[str]] | None = None

    def show(self, view: FrontView, tones: Mapping[str, str], chosen: Sequence[str]) -> None:
        """Draw it. `tones`: tone -> colour; `chosen`: names of points to stand out."""
        self._shown = view, tones, chosen
        self._draw(view, tones, chosen)

    def clear(self) -> None:
        """Draw nothing: what was drawn is of something else."""
        self._shown = None
        self.border_title = None
        self.update("")

    def on_resize(self) -> None:
        if self._shown is not None:
            self._draw(*self._shown)

    def _draw(self, view: FrontView, tones: Mapping[str, str], chosen: Sequence[str]) -> None:
        columns = max(10, self.size.width - AXIS_CELLS)
        rows = max(4, self.size.height - BELOW_ROWS)
        self.update(plot_text(view, columns, rows, tones, chosen))


def plot_text(
    view: FrontView, columns: int, rows: int, tones: Mapping[str, str], chosen: Sequence[str]
) -> Text:
    """The picture with its axes, `columns` wide and `rows` high without them."""
    if not view.drawn:
        return Text("No point of which both figures are known.", tones["dim"])
    scale = scale_of(view, columns, rows)
    cells = grid(view, scale, chosen)
    text = Text(no_wrap=True, overflow="crop")
    for row in range(rows):
        text.append(_accuracy_label(scale, row), tones["dim"])
        for column in range(columns):
            sign, tone = cells.get((row, column), (" ", "text"))
            style = f"{tones[tone]} reverse" if tone == "accent" else tones[tone]
            text.append(sign, style)
        text.append("\n")
    text.append(_cost_axis(view, scale), tones["dim"])
    return text


def scale_of(view: FrontView, columns: int, rows: int) -> Scale:
    """Room for every point, and for a limit that is near."""
    costs = [cost_of(point, view.cost) for point in view.drawn]
    values = [accuracy_of(point) for point in view.drawn]
    dearest, limit = max(costs), view.limit()
    top = rounded_ticks(max(dearest, limit if limit < FAR * dearest else 0.0))[-1]
    middle, span = (min(values) + max(values)) / 2, max(LEAST_SPAN, max(values) - min(values))
    return Scale(top, middle - 0.55 * span, middle + 0.55 * span, columns, rows)


def grid(view: FrontView, scale: Scale, chosen: Sequence[str]) -> dict[tuple[int, int], Cell]:
    """What stands where: the limit below steps, steps below dots, letters on top."""
    cells: dict[tuple[int, int], Cell] = {}
    if 0 < view.limit() <= scale.dearest:
        column = scale.column(view.limit())
        cells.update({(row, column): (LIMIT, "error") for row in range(scale.rows)})
    for before, after in zip(view.best, view.best[1:], strict=False):
        row = scale.row(accuracy_of(before))
        begin, end = (scale.column(cost_of(point, view.cost)) for point in (before, after))
        cells.update({(row, column): (STEP, "dim") for column in range(begin, end)})
    letters = view.letters
    ordered = sorted(view.drawn, key=lambda p: (name_of(p) in chosen, name_of(p) in letters))
    for point in ordered:
        name = name_of(point)
        sign = letters.get(name) or (SERVING if point.is_serving else OTHER)
        tone = "accent" if name in chosen else _tone(point, is_best=name in letters)
        cells[scale.row(accuracy_of(point)), scale.column(cost_of(point, view.cost))] = sign, tone
    return cells


def _tone(point: FrontPoint, *, is_best: bool) -> str:
    if point.is_serving:
        return "well"
    if point.broken:
        return "error"
    return "busy" if is_best else "dim"


def _accuracy_label(scale: Scale, row: int) -> str:
    step = max(1, (scale.rows - 1) // 3)
    if row % step and row != scale.rows - 1:
        return " " * AXIS_CELLS
    value = scale.most - (scale.most - scale.least) * row / max(1, scale.rows - 1)
    return f"{value:{AXIS_CELLS - 1}.2f} "


def _cost_axis(view: FrontView, scale: Scale) -> str:
    line = [" "] * (AXIS_CELLS + scale.columns)
    for tick in rounded_ticks(scale.dearest / 1.06):
        label = f"{tick:g}"
        at = AXIS_CELLS + scale.column(min(tick, scale.dearest))
        begin = max(0, min(at, len(line) - len(label)))
        line[begin : begin + len(label)] = label
    return "".join(line).rstrip() + f"\n{' ' * AXIS_CELLS}AP50 over {UNITS[view.cost]}"
