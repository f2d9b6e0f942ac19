"""Rows over one axis of time: what lasts, figures as bars, marks of what happened. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lamplighter_client.pages.drawing import box, svg, text, tick

WIDTH, LEFT, ROOM = 1000.0, 90.0, 900.0
ROW, GAP, TOP, FIGURE_ROW = 22.0, 8.0, 6.0, 54.0
TICKS = 10
STEPS_S = (10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)


@dataclass(frozen=True)
class Stretch:
    """Something that lasts. `about` is shown when the pointer rests on it."""

    begin: float
    until: float
    colour: str
    about: str


@dataclass(frozen=True)
class Figure:
    """A value over a stretch of time."""

    begin: float
    until: float
    value: float
    about: str


@dataclass(frozen=True)
class Mark:
    """Something that happened."""

    at: float
    colour: str
    about: str


@dataclass(frozen=True)
class Row:
    """One line of the picture. `unit`: of its figures, said beside their highest value."""

    name: str
    stretches: Sequence[Stretch] = field(default_factory=tuple)
    figures: Sequence[Figure] = field(default_factory=tuple)
    marks: Sequence[Mark] = field(default_factory=tuple)
    colour: str = "#4a5568"
    unit: str = ""

    @property
    def height(self) -> float:
        """Figures need room."""
        return FIGURE_ROW if self.figures else ROW


@dataclass(frozen=True)
class Span:
    """The time that is shown, and what a moment in it is called."""

    begin: float
    end: float
    named: Callable[[float], str]

    def x(self, at: float) -> float:
        """From the left."""
        length = self.end - self.begin
        return LEFT + ROOM * min(1.0, max(0.0, (at - self.begin) / length)) if length else LEFT

    @property
    def step_s(self) -> float:
        """Between two ticks."""
        length = self.end - self.begin
        return next((s for s in STEPS_S if length / s <= TICKS), STEPS_S[-1])


def picture(rows: Sequence[Row], span: Span, about: str) -> str:
    """An SVG of all rows over one axis."""
    parts, y = [], TOP
    for row in rows:
        parts += [text(0, y + 15, row.name), *_row(row, span, y)]
        y += row.height + GAP
    return svg(WIDTH, y + 26, [*parts, *_axis(span, y)], about)


def _row(row: Row, span: Span, y: float) -> list[str]:
    parts = [
        box(span.x(s.begin), y, span.x(s.until) - span.x(s.begin), ROW, s.colour, s.about)
        for s in row.stretches
        if s.until > s.begin
    ]
    parts += _figures(row, span, y)
    parts += [tick(span.x(one.at), y, y + ROW, one.colour, one.about) for one in row.marks]
    return parts


def _figures(row: Row, span: Span, y: float) -> list[str]:
    most = max((figure.value for figure in row.figures), default=0.0)
    if not most:
        return []
    bars = []
    for one in row.figures:
        height = FIGURE_ROW * one.value / most
        left, width = span.x(one.begin), span.x(one.until) - span.x(one.begin)
        bars.append(box(left, y + FIGURE_ROW - height, width, height, row.colour, one.about))
    return [*bars, text(0, y + 32, f"up to {most:,.4g} {row.unit}".replace(",", " "), size=10)]


def _axis(span: Span, y: float) -> list[str]:
    step, first = span.step_s, span.begin // span.step_s * span.step_s
    times = [first + n * step for n in range(TICKS + 2)]
    return [
        text(span.x(at), y + 14, span.named(at), size=11, anchor="middle")
        for at in times
        if span.begin <= at <= span.end
    ]
