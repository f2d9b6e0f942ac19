"""How many frames per second the street asks for."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lamplighter_agent.perception.tracking import Tracks

# An object may move this part of its own width between frames and still overlap itself.
OVERLAP = 0.5
# Boxes narrower than this tremble by more than they move.
MIN_WIDTH_PX = 8.0
PERCENT = 95.0
SPACING_S = 0.3
# The newest part of a window asks for itself as well.
NEWEST_PART = 1 / 3


def frame_ratios(tracks: Tracks) -> NDArray[np.float64]:
    """Frames per second that each track asks for: speed / (half of its width)."""
    speed = np.linalg.norm(tracks.velocity, axis=1)
    width = np.maximum(tracks.boxes[:, 2] - tracks.boxes[:, 0], MIN_WIDTH_PX)
    return np.asarray(speed / (OVERLAP * width), np.float64)


@dataclass(frozen=True, slots=True)
class _Part:
    """Tracks of one frame: arrays of equal length."""

    at: float
    ids: NDArray[np.int64]
    ratios: NDArray[np.float64]
    speeds: NDArray[np.float64]


class MotionWindow:
    """What the tracks of the last `seconds` ask for, p95 over tracks, each by its own median.

    The newest third counts by itself where it asks for more: over the whole window, who has just
    driven off would still count as standing.

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
        parts = list(self._parts)
        begin = parts[-1].at - NEWEST_PART * self._seconds if parts else 0.0
        newest = [part for part in parts if part.at > begin]
        fps = max(_p95(some, [p.ratios for p in some]) for some in (parts, newest))
        return min(max(fps, floor), cap)

    def motion(self) -> float:
        """Speed in pixels per second, p95 over the window's tracks."""
        parts = list(self._parts)
        return _p95(parts, [part.speeds for part in parts])


def _p95(parts: Sequence[_Part], values: Sequence[NDArray[np.float64]]) -> float:
    """Over the tracks of the parts, of the median of each; 0 without any.

    Of an even number the lower middle: a track seen twice may be a mismatch.
    """
    ids = [part.ids for part in parts]
    if not any(len(some) for some in ids):
        return 0.0
    owner, joined = np.concatenate(ids), np.concatenate(values)
    order = np.lexsort((joined, owner))
    owner, joined = owner[order], joined[order]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    lengths = np.diff(np.r_[starts, len(owner)])
    return float(np.percentile(joined[starts + (lengths - 1) // 2], PERCENT))
