"""Light and rain from pixels, cheap enough to do once per second beside the network.

Brightness is the mean of the luma plane. Rain falls everywhere and is somewhere else in the next
frame: streaks are thin bright near-vertical lines in the difference of two frames, spread over the
whole picture, whereas traffic changes only where it drives. The score is the part of the picture's
blocks that hold such a line.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lamplighter_agent.source import Frame

INTERVAL_S = 1.0
# The streaks' own scale: columns one to two pixels wide, rows 8 to 26 pixels long at 480 lines.
RUN_ROWS = 8
COLUMN_REACH = 3
BLOCK_ROWS = 6  # in units of RUN_ROWS
BLOCK_COLUMNS = 40
# A line stands out when it exceeds this many standard deviations (robust) of its picture.
OUTLIER = 5.0
LEAST_CONTRAST = 1.5  # in levels of 255

Luma = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Observation:
    """What the pixels say of light and weather, both 0 to 1."""

    brightness: float
    rain: float


def brightness(luma: Luma) -> float:
    """Mean of a luma plane, 0 to 1."""
    return float(luma[::4, ::4].mean() / 255)


def rain_score(before: Luma, now: Luma) -> float:
    """Part of the picture's blocks with a streak that was not there before, 0 to 1."""
    rows, columns = now.shape
    blocks_down = rows // (RUN_ROWS * BLOCK_ROWS)
    blocks_across = columns // BLOCK_COLUMNS
    if not blocks_down or not blocks_across:
        return 0.0
    height, width = blocks_down * RUN_ROWS * BLOCK_ROWS, blocks_across * BLOCK_COLUMNS
    change = now[:height, :width].astype(np.int16) - before[:height, :width]
    # Means over short vertical runs keep streaks and average the sensor's noise away.
    runs = change.reshape(-1, RUN_ROWS, width).mean(axis=1, dtype=np.float32)
    reach = COLUMN_REACH
    beside = np.maximum(runs[:, : -2 * reach], runs[:, 2 * reach :])
    line = runs[:, reach:-reach] - beside
    middle = np.median(line)
    spread = 1.4826 * float(np.median(np.abs(line - middle)))
    limit = middle + max(OUTLIER * spread, LEAST_CONTRAST)
    found = np.zeros(runs.shape, bool)
    found[:, reach:-reach] = line > limit
    blocks = found.reshape(blocks_down, BLOCK_ROWS, blocks_across, BLOCK_COLUMNS)
    return float(blocks.any(axis=(1, 3)).mean())


class Observer:
    """Looks at two successive frames once per interval; in between it costs nothing."""

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._due = float("-inf")
        self._before: Luma | None = None
        self.latest: Observation | None = None

    def look(self, frame: Frame) -> Observation | None:
        """A new observation when one is due, otherwise None."""
        if frame.at < self._due:
            return None
        luma = frame.luma()
        if self._before is None or self._before.shape != luma.shape:
            self._before = luma.copy()
            return None
        seen = Observation(brightness(luma), rain_score(self._before, luma))
        self._before, self._due, self.latest = None, frame.at + self._interval_s, seen
        return seen
