"""Who truly crosses a line in a picture.

A crossing is counted as on a device: by the bottom centre of the object's box, "in" from the line's
left to its right side as one looks from its first point to its second; each object once per line.
Positions are true ones, so an object that crosses behind another counts too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A counting line in image coordinates."""

    name: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """Object `number` over a line between the frame before and `frame`."""

    line: str
    direction: str
    kind: str
    number: int
    frame: int


class CrossingCounter:
    """True crossings from the true positions of each frame."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._last: dict[int, tuple[float, float]] = {}
        self._seen: set[tuple[str, int]] = set()
        self.crossings: list[Crossing] = []

    def update(self, frame: int, feet: Mapping[int, tuple[str, float, float]]) -> None:
        """`feet`: object number -> (kind, x, y) of its box's bottom centre in pixels."""
        for number, (kind, x, y) in feet.items():
            before = self._last.get(number)
            for line in self._lines if before else ():
                assert before is not None  # noqa: S101 - for the type checker
                direction = crossed(line, before, (x, y))
                if direction and (line.name, number) not in self._seen:
                    self._seen.add((line.name, number))
                    self.crossings.append(Crossing(line.name, direction, kind, number, frame))
        self._last = {number: (x, y) for number, (_, x, y) in feet.items()}

    def counts(self) -> dict[str, dict[str, int]]:
        """ "line/direction" -> class -> count."""
        total: dict[str, dict[str, int]] = {}
        for crossing in self.crossings:
            per_class = total.setdefault(f"{crossing.line}/{crossing.direction}", {})
            per_class[crossing.kind] = per_class.get(crossing.kind, 0) + 1
        return total


def _cross(ax: float, ay: float, bx: float, by: float) -> float:
    return ax * by - ay * bx


def crossed(line: Line, before: tuple[float, float], now: tuple[float, float]) -> str:
    """in, out, or nothing, for the way from `before` to `now`."""
    lx, ly = line.x2 - line.x1, line.y2 - line.y1
    side_before = _cross(lx, ly, before[0] - line.x1, before[1] - line.y1)
    side_now = _cross(lx, ly, now[0] - line.x1, now[1] - line.y1)
    if (side_before > 0) == (side_now > 0):
        return ""
    wx, wy = now[0] - before[0], now[1] - before[1]
    start = _cross(wx, wy, line.x1 - before[0], line.y1 - before[1])
    end = _cross(wx, wy, line.x2 - before[0], line.y2 - before[1])
    if (start > 0) == (end > 0):
        return ""
    return "in" if side_now > 0 else "out"
