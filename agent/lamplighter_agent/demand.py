"""How many frames per second the street asks for."""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lamplighter_agent.track import Tracks

# An object may move this part of its own width between frames and still overlap itself.
OVERLAP = 0.5
# Boxes narrower than this tremble by more than they move.
MIN_WIDTH_PX = 8.0
PERCENT = 95.0
SPACING_S = 0.3


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


@dataclass(frozen=True, slots=True)
class _Part:
    """Tracks of one frame: arrays of equal length."""

    at: float
    ids: NDArray[np.int64]
    ratios: NDArray[np.float64]
    speeds: NDArray[np.float64]


class MotionWindow:
    """The same over all tracks of the last `seconds`, each with its own median.

    Frames closer together than SPACING_S tell nothing new of a velocity and are left out, so that
    the window costs the same at any frame rate.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._parts: deque[_Part] = deque()

    def add(self, tracks: Tracks) -> None:
        """Remember the tracks of a frame."""
        parts = self._parts
        if parts and tracks.at < parts[-1].at:  # the clock was set back
            parts.clear()
        if parts and tracks.at - parts[-1].at < SPACING_S:
            return
        speed = np.linalg.norm(tracks.velocity, axis=1)
        parts.append(_Part(tracks.at, tracks.ids, frame_ratios(tracks), speed))
        while parts[0].at < tracks.at - self._seconds:
            parts.popleft()

    def demand(self, floor: float, cap: float) -> float:
        """Frames per second demanded over the window."""
        wanted = self._p95([part.ratios for part in self._parts])
        return min(max(wanted, floor), cap)

    def motion(self) -> float:
        """Speed in pixels per second, p95 over the window's tracks."""
        return self._p95([part.speeds for part in self._parts])

    def _p95(self, values: list[NDArray[np.float64]]) -> float:
        ids = [part.ids for part in self._parts]
        if not any(len(some) for some in ids):
            return 0.0
        owner, joined = np.concatenate(ids), np.concatenate(values)
        order = np.lexsort((joined, owner))
        owner, joined = owner[order], joined[order]
        starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        lengths = np.diff(np.r_[starts, len(owner)])
        return float(np.percentile(joined[starts + lengths // 2], PERCENT))
