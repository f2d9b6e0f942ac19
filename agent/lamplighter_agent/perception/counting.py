"""Count what crosses the configured lines, per direction and class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from lamplighter_wire.street.problems import area
from lamplighter_wire.tasks.detection import CLASSES
from numpy.typing import NDArray

from lamplighter_agent.own_street import CountLine, CountZone
from lamplighter_agent.perception.tracking import Tracks
from lamplighter_agent.settings import AgentSettings

# A box that only trembles on a line has not crossed it: least way since birth, in box widths.
MIN_WAY = 0.3
# To be counted again, on the way back: least way beyond the line. What stands in a queue on a line
# and is half hidden now and then does not come that far.
MIN_WAY_BACK = 0.6
# Tracks remembered per line, so that nobody is counted twice; old ones never come back.
MEMORY = 4096

Counts = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Crossing:
    """One object over one line. `direction` is "in" from the line's left to its right side as
    one looks from its first point to its second, otherwise "out". `at` is when that was certain,
    `passed_at` when its foot point was on the line, between two frames."""

    line: str
    direction: str
    kind: str
    track: int
    at: float
    passed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A foot point has passed a line, and its way is still too short to be sure of it."""

    direction: str
    start: NDArray[np.float32]  # [2] from where the way is measured
    least_way: float  # in widths of the box
    passed_at: float


class LineCounter:
    """Counts who crosses a line, and who comes back over it.

    A crossing counts once the object's way is longer than boxes tremble. Until then it waits: a
    lorry that is first seen close before a line counts a little behind it.
    """

    def __init__(self, lines: Sequence[CountLine]) -> None:
        self._lines = list(lines)
        self._ends = _ends(self._lines)
        self._counted: dict[tuple[int, int], str] = {}  # by line and track: direction, the last
        self._waiting: dict[tuple[int, int], _Waiting] = {}
        self._window: Counts = {}

    def update(self, tracks: Tracks) -> list[Crossing]:
        """Crossings that have become certain in the newest frame."""
        if not self._lines or not len(tracks):
            return []
        crossed, is_in, share = self._crossed(tracks)
        passed_at = tracks.before_at + share * (tracks.at - tracks.before_at)
        for line, row in np.argwhere(crossed).tolist():
            direction = "in" if is_in[line, row] else "out"
            self._pass(line, row, direction, float(passed_at[line, row]), tracks)
        return self._certain(tracks) if self._waiting else []

    def redraw(self, lines: Sequence[CountLine]) -> None:
        """The same lines at other places; who has crossed them has done so."""
        self._lines = list(lines)
        self._ends = _ends(self._lines)

    def take(self) -> Counts:
        """Crossings since the last call: "line/direction" -> class -> count."""
        window, self._window = self._window, {}
        return window

    def _crossed(
        self, tracks: Tracks
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float32]]:
        """[lines, n] whether it was crossed between a track's last two sightings, and inwards; and
        after which share of the way between them."""
        first, second = self._ends[:, 0][:, None], self._ends[:, 1][:, None]
        here = tracks.feet
        side_before = _cross(second - first, tracks.before[None] - first)
        side_now = _cross(second - first, here[None] - first)
        way = here - tracks.before
        start = _cross(way[None], first - tracks.before[None])
        end = _cross(way[None], second - tracks.before[None])
        changes = (side_before > 0) != (side_now > 0)
        share = side_before / np.where(changes, side_before - side_now, 1.0)
        is_crossed = changes & ((start > 0) != (end > 0))
        return is_crossed, side_now > 0, np.asarray(share, np.float32)

    def _pass(self, line: int, row: int, direction: str, passed_at: float, tracks: Tracks) -> None:
        """A foot point is on the other side of a line now; `_certain` says whether that counts."""
        key = (line, int(tracks.ids[row]))
        if self._waiting.pop(key, None):
            return  # it is back where it came from
        counted = self._counted.get(key)
        if counted is None:
            origin = tracks.origin[row].copy()
            self._waiting[key] = _Waiting(direction, origin, MIN_WAY, passed_at)
        elif counted != direction:
            before = tracks.before[row].copy()
            self._waiting[key] = _Waiting(direction, before, MIN_WAY_BACK, passed_at)
        _forget_oldest(self._waiting)

    def _certain(self, tracks: Tracks) -> list[Crossing]:
        """Those that waited and have gone far enough."""
        rows = {int(track): row for row, track in enumerate(tracks.ids)}
        crossings = []
        for key in [key for key in self._waiting if key[1] in rows]:
            row, waiting = rows[key[1]], self._waiting[key]
            way = float(np.linalg.norm(tracks.feet[row] - waiting.start))
            if way >= waiting.least_way * float(tracks.boxes[row, 2] - tracks.boxes[row, 0]):
                del self._waiting[key]
                crossings.append(self._count(key, waiting, row, tracks))
        return crossings

    def _count(self, key: tuple[int, int], waiting: _Waiting, row: int, tracks: Tracks) -> Crossing:
        direction = waiting.direction
        self._counted.pop(key, None)
        self._counted[key] = direction
        _forget_oldest(self._counted)
        name, kind = self._lines[key[0]].name, CLASSES[int(tracks.classes[row])]
        per_class = self._window.setdefault(f"{name}/{direction}", {})
        per_class[kind] = per_class.get(kind, 0) + 1
        return Crossing(name, direction, kind, key[1], tracks.at, waiting.passed_at)


def _forget_oldest(memory: dict[tuple[int, int], Any]) -> None:
    while len(memory) > MEMORY:
        del memory[next(iter(memory))]


def _ends(lines: Sequence[CountLine]) -> NDArray[np.float32]:
    """[n, 2 ends, 2] in camera pixels."""
    ends = [[[line.x1, line.y1], [line.x2, line.y2]] for line in lines]
    return np.array(ends, np.float32).reshape(-1, 2, 2)


def street_lines(settings: AgentSettings) -> list[CountLine]:
    """All that is crossed on a street: its lines, and the edges of its zones.

    The edges of a zone have its name, and lie so that "in" leads into it.
    """
    edges = (edge for zone in settings.zones for edge in _edges(zone))
    return [*settings.lines, *edges]


def _edges(zone: CountZone) -> list[CountLine]:
    corners = zone.corners if area(zone.corners) > 0 else zone.corners[::-1]
    pairs = zip(corners, [*corners[1:], *corners[:1]], strict=True)
    return [CountLine(zone.name, *first, *second, zone.stream) for first, second in pairs]


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
