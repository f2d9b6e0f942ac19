"""Count what crosses the configured lines, per direction and class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from lamplighter_wire.tasks.detection import CLASSES
from numpy.typing import NDArray

from lamplighter_agent.perception.tracking import Tracks
from lamplighter_agent.settings import CountLine

# A box that only trembles on a line has not crossed it: least way since birth, in box widths.
MIN_WAY = 0.3
# Track ids remembered per line, so that nobody is counted twice; old ones never come back.
MEMORY = 4096

Counts = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Crossing:
    """One object over one line. `direction` is "in" from the line's left to its right side as
    one looks from its first point to its second, otherwise "out"."""

    line: str
    direction: str
    kind: str
    track: int
    at: float


class LineCounter:
    """Counts each track once per line."""

    def __init__(self, lines: Sequence[CountLine]) -> None:
        self._lines = list(lines)
        self._ends = _ends(self._lines)
        self._done: dict[tuple[int, int], None] = {}
        self._window: Counts = {}

    def update(self, tracks: Tracks) -> list[Crossing]:
        """Crossings between each track's last two sightings."""
        if not self._lines or not len(tracks):
            return []
        here = tracks.feet
        first, second = self._ends[:, 0][:, None], self._ends[:, 1][:, None]
        side_before = _cross(second - first, tracks.before[None] - first)
        side_now = _cross(second - first, here[None] - first)
        way = here - tracks.before
        start = _cross(way[None], first - tracks.before[None])
        end = _cross(way[None], second - tracks.before[None])
        crossed = ((side_before > 0) != (side_now > 0)) & ((start > 0) != (end > 0))
        if not crossed.any():
            return []
        return self._record(tracks, crossed, side_now)

    def redraw(self, lines: Sequence[CountLine]) -> None:
        """The same lines at other places; who has crossed them has done so."""
        self._lines = list(lines)
        self._ends = _ends(self._lines)

    def take(self) -> Counts:
        """Crossings since the last call: "line/direction" -> class -> count."""
        window, self._window = self._window, {}
        return window

    def _record(self, tracks: Tracks, crossed: np.ndarray, side_now: np.ndarray) -> list[Crossing]:
        moved = np.linalg.norm(tracks.feet - tracks.origin, axis=1)
        widths = tracks.boxes[:, 2] - tracks.boxes[:, 0]
        crossings = []
        for line, row in np.argwhere(crossed & (moved >= MIN_WAY * widths)[None]).tolist():
            key = (line, int(tracks.ids[row]))
            if key in self._done:
                continue
            self._done[key] = None
            direction = "in" if side_now[line, row] > 0 else "out"
            kind = CLASSES[int(tracks.classes[row])]
            name = self._lines[line].name
            crossings.append(Crossing(name, direction, kind, key[1], tracks.at))
            per_class = self._window.setdefault(f"{name}/{direction}", {})
            per_class[kind] = per_class.get(kind, 0) + 1
        while len(self._done) > MEMORY:
            del self._done[next(iter(self._done))]
        return crossings


def _ends(lines: Sequence[CountLine]) -> NDArray[np.float32]:
    """[n, 2 ends, 2] in camera pixels."""
    ends = [[[line.x1, line.y1], [line.x2, line.y2]] for line in lines]
    return np.array(ends, np.float32).reshape(-1, 2, 2)


def scaled(
    lines: Sequence[CountLine], drawn_in: tuple[int, int], size: tuple[int, int]
) -> list[CountLine]:
    """Lines that were drawn in pictures of one size (width, height), in those of another."""
    across, down = size[0] / drawn_in[0], size[1] / drawn_in[1]
    return [
        CountLine(
            line.name,
            line.x1 * across,
            line.y1 * down,
            line.x2 * across,
            line.y2 * down,
            line.stream,
        )
        for line in lines
    ]


def imbalance(counts: Mapping[str, Mapping[str, int]]) -> float:
    """|in - out| / (in + out) over all lines, 0 to 1; 0 when nothing crossed.

    With lines drawn so that "in" leads into the intersection, what goes in comes out: a lasting
    imbalance means that objects are missed on one side.
    """
    flow = {"in": 0, "out": 0}
    for key, per_class in counts.items():
        flow[key.rsplit("/", 1)[-1]] += sum(per_class.values())
    return abs(flow["in"] - flow["out"]) / max(flow["in"] + flow["out"], 1)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """z of the cross product of [..., 2] vectors; positive: b is to the right on a screen."""
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
