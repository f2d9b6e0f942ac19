"""How many frames per second the street asks for."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from lamplighter_agent.track import Tracks

# An object may move this part of its own width between frames and still overlap itself.
OVERLAP = 0.5
# Boxes narrower than this tremble by more than they move.
MIN_WIDTH_PX = 8.0
PERCENT = 95.0


def frame_ratios(tracks: Tracks) -> NDArray[np.float64]:
    """Frames per second that each track asks for: speed / (half of its width)."""
    speed = np.linalg.norm(tracks.velocity, axis=1)
    width = np.maximum(tracks.boxes[:, 2] - tracks.boxes[:, 0], MIN_WIDTH_PX)
    return np.asarray(speed / (OVERLAP * width), np.float64)


def fps_demand(tracks: Tracks, floor: float, cap: float) -> float:
    """Clamp(p95 over tracks of motion per second / half of box width) between floor and cap."""
    if not len(tracks):
        return floor
    wanted = float(np.percentile(frame_ratios(tracks), PERCENT))
    return min(max(wanted, floor), cap)


class MotionWindow:
    """The same over all tracks of the last `seconds`, each with its own median."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._parts: deque[tuple[float, Tracks]] = deque()

    def add(self, tracks: Tracks) -> None:
        """Remember the tracks of a frame."""
        self._parts.append((tracks.at, tracks))
        while self._parts[0][0] < tracks.at - self._seconds:
            self._parts.popleft()

    def demand(self, floor: float, cap: float) -> float:
        """Frames per second demanded over the window."""
        wanted = self._p95([frame_ratios(tracks) for _, tracks in self._parts])
        return min(max(wanted, floor), cap)

    def motion(self) -> float:
        """Speed in pixels per second, p95 over the window's tracks."""
        return self._p95([np.linalg.norm(t.velocity, axis=1) for _, t in self._parts])

    def _p95(self, values: list[NDArray[np.float64]]) -> float:
        if not values:
            return 0.0
        ids = np.concatenate([tracks.ids for _, tracks in self._parts])
        if not len(ids):
            return 0.0
        joined = np.concatenate(values)
        order = np.lexsort((joined, ids))
        ids, joined = ids[order], joined[order]
        starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
        lengths = np.diff(np.r_[starts, len(ids)])
        return float(np.percentile(joined[starts + lengths // 2], PERCENT))
