"""Accuracy over what it costs as a picture: points, those that no other beats joined by steps, and
the one that serves in a ring. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from string import ascii_uppercase

from lamplighter_client.pages.drawing import SERIES, svg, text

WIDTH, HEIGHT = 500.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 14.0, 26.0, 40.0
TICKS = 4
BESIDE = 9.0


@dataclass(frozen=True)
class Dot:
    """A point. `about` is shown when the pointer rests on it; `serves`: it is the chosen one."""

    name: str
    accuracy: float
    cost: float
    about: str
    serves: bool = False


def front_of(dots: Sequence[Dot]) -> list[Dot]:
    """Those than which no other is as cheap and more accurate, the cheapest first."""
    front: list[Dot] = []
    for dot in sorted(dots, key=lambda one: (one.cost, -one.accuracy, one.name)):
        if not front or dot.accuracy > front[-1].accuracy:
            front.append(dot)
    return front


def letters_of(dots: Sequence[Dot]) -> dict[str, str]:
    """A letter for each point of the front, and for the one that serves, by name."""
    named = front_of(dots) + [dot for dot in dots if dot.serves]
    names = list(dict.fromkeys(dot.name for dot in named))
    return dict(zip(names, ascii_uppercase, strict=False))


def front_picture(dots: Sequence[Dot], unit: str, title: str) -> str:
    """Accuracy upwards, cost to the right, from 0; empty without points."""
    known = [dot for dot in dots if dot.cost > 0 and dot.accuracy > 0]
    if not known:
        return ""
    steps = _steps(max(dot.cost for dot in known))
    low, high = _bounds([dot.accuracy for dot in known])

    def x_of(cost: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * cost / steps[-1]

    def y_of(accuracy: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (accuracy - low) / (high - low)

    front, letters = front_of(known), letters_of(known)
    parts = [text(LEFT, 14, title, size=13)]
    parts += [_upright(x_of(step), f"{step:g}") for step in steps]
    parts += [_level(y_of(step), f"{step:.2f}") for step in _between(low, high)]
    parts.append(text(WIDTH - RIGHT, HEIGHT - 6, unit, size=11, anchor="end"))
    parts.append(_stairs(front, x_of, y_of))
    for dot in known:
        is_front = dot in front
        parts.append(_dot(x_of(dot.cost), y_of(dot.accuracy), dot, is_front=is_front))
    for dot in known:
        if dot.name in letters:
            is_last = dot is front[-1]  # the others' letters are to their left
            x = x_of(dot.cost) + (BESIDE if is_last else -BESIDE)
            anchor = "start" if is_last else "end"
            shown = letters[dot.name]
            parts.append(text(x, y_of(dot.accuracy) - BESIDE, shown, size=13, anchor=anchor))
    return svg(WIDTH, HEIGHT, parts, title)


def _stairs(
    front: Sequence[Dot], x_of: Callable[[float], float], y_of: Callable[[float], float]
) -> str:
    """Between two of them there is nothing to be had."""
    places: list[str] = []
    for dot, after in zip(front, [*front[1:], None], strict=True):
        x, y = x_of(dot.cost), y_of(dot.accuracy)
        places += [f"{x:.1f},{y:.1f}"] + ([f"{x_of(after.cost):.1f},{y:.1f}"] if after else [])
    line = " ".join(places)
    return f'<polyline points="{line}" fill="none" stroke="{SERIES[0]}" stroke-width="1.5"/>'


def _dot(x: float, y: float, dot: Dot, *, is_front: bool) -> str:
    about = f"<title>{escape(dot.about)}</title>"
    colour = SERIES[0] if is_front else "#8a929e"
    ring = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="none" stroke="{SERIES[1]}"'
    shown = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}">{about}</circle>'
    return (f'{ring} stroke-width="2.5"/>{shown}') if dot.serves else shown


def _upright(x: float, shown: str) -> str:
    bottom = HEIGHT - BOTTOM
    line = f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" class="grid"/>'
    return line + text(x, bottom + 16, shown, size=11, anchor="middle")


def _level(y: float, shown: str) -> str:
    right = WIDTH - RIGHT
    line = f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" class="grid"/>'
    return line + text(LEFT - 6, y + 4, shown, size=11, anchor="end")


def _steps(most: float) -> list[float]:
    """Round figures from 0 to what holds all."""
    rough = most / TICKS
    unit = 10 ** floor(log10(rough))
    step = next(size * unit for size in (1, 2, 2.5, 5, 10) if size * unit >= rough)
    return [n * step for n in range(ceil(most / step) + 1)]


def _bounds(accuracies: Sequence[float]) -> tuple[float, float]:
    """Tenths around them: the axis does not begin at 0, as differences are small."""
    low, high = floor(min(accuracies) * 10) / 10, ceil(max(accuracies) * 10) / 10
    return low, max(high, low + 0.1)


def _between(low: float, high: float) -> list[float]:
    count = round((high - low) * 10)
    step = 0.1 if count > 2 else 0.05
    return [low + n * step for n in range(round((high - low) / step) + 1)]
