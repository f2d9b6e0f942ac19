"""For what share of the time a vehicle stands or drives on a line or in a zone."""

from collections.abc import Collection, Sequence

import numpy as np
from lamplighter_wire.tasks.detection import CLASSES

from lamplighter_agent.own_street import CountLine
from lamplighter_agent.perception.tracking import Bools, Floats, Tracks

# A longer time without a frame is one that nobody watched.
LONGEST_GAP_S = 2.0
# Of a box, from below: where the vehicle is on the road, not what it hides behind it.
LOW_PART = 0.5
PERSON = CLASSES.index("person")


class OccupancyMeter:
    """Adds up, from frame to frame, the time since the last one.

    A line is occupied while it passes through the lower half of a vehicle's box; a zone while a
    vehicle's foot point is in it. `lines`: in camera pixels, edges of zones among them, which have
    the names of `zones`.
    """

    def __init__(self, lines: Sequence[CountLine], zones: Collection[str] = ()) -> None:
        self._zones = frozenset(zones)
        self._occupied_s = {line.name: 0.0 for line in lines}
        self._watched_s = 0.0
        self._last: float | None = None
        self.redraw(lines)

    def redraw(self, lines: Sequence[CountLine]) -> None:
        """The same lines at other places."""
        self._shapes = {name: _ends(lines, name) for name in self._occupied_s}

    def update(self, tracks: Tracks) -> None:
        """The newest frame."""
        last, self._last = self._last, tracks.at
        gap_s = 0.0 if last is None else tracks.at - last
        if not self._shapes or not 0.0 < gap_s <= LONGEST_GAP_S:
            return
        self._watched_s += gap_s
        vehicles = tracks.classes != PERSON
        if not vehicles.any():
            return
        boxes, feet = tracks.boxes[vehicles], tracks.feet[vehicles]
        for name, ends in self._shapes.items():
            is_zone = name in self._zones
            if (inside(feet, ends) if is_zone else upon(boxes, ends)).any():
                self._occupied_s[name] += gap_s

    def take(self) -> dict[str, float]:
        """Shares of the time since the last call, 0 to 1, by line and zone; {}: nobody looked."""
        watched_s, self._watched_s = self._watched_s, 0.0
        occupied, self._occupied_s = self._occupied_s, dict.fromkeys(self._occupied_s, 0.0)
        if not watched_s:
            return {}
        return {name: min(1.0, seconds / watched_s) for name, seconds in occupied.items()}


def inside(points: Floats, edges: Floats) -> Bools:
    """[n] whether points [n, 2] lie in the polygon of edges [m, 2 ends, 2]; even-odd rule."""
    return np.asarray(passed_rightwards(points, edges).sum(axis=1) % 2 == 1)


def passed_rightwards(points: Floats, edges: Floats) -> Bools:
    """[n, m] which of the edges [m, 2 ends, 2] are passed from points [n, 2] towards more x."""
    x, y = points[:, 0, None], points[:, 1, None]
    (x1, y1), (x2, y2) = edges[:, 0].T, edges[:, 1].T
    spans = (y1 > y) != (y2 > y)
    down = np.where(y2 == y1, 1.0, y2 - y1)
    return np.asarray(spans & (x < (x2 - x1) * (y - y1) / down + x1))


def upon(boxes: Floats, ends: Floats) -> Bools:
    """[n] whether one of the lines [m, 2 ends, 2] passes through the lower part of boxes [n, 4].

    Clipping by parameter, after Liang and Barsky (1984).
    """
    low = boxes[:, None, :2].copy()
    high = boxes[:, None, 2:4]
    low[..., 1] = high[..., 1] - LOW_PART * (high[..., 1] - low[..., 1])
    start, way = ends[None, :, 0], ends[None, :, 1] - ends[None, :, 0]
    is_flat = way == 0
    along = np.where(is_flat, 1.0, way)
    near, far = (low - start) / along, (high - start) / along
    enter = np.where(is_flat, -np.inf, np.minimum(near, far)).max(axis=-1)
    leave = np.where(is_flat, np.inf, np.maximum(near, far)).min(axis=-1)
    beside = (is_flat & ((start < low) | (start > high))).any(axis=-1)
    hit = ~beside & (np.maximum(enter, 0.0) <= np.minimum(leave, 1.0))
    return np.asarray(hit.any(axis=1))


def _ends(lines: Sequence[CountLine], name: str) -> Floats:
    """[m, 2 ends, 2] of the lines of a name."""
    own = [[[one.x1, one.y1], [one.x2, one.y2]] for one in lines if one.name == name]
    return np.array(own, np.float32).reshape(-1, 2, 2)
