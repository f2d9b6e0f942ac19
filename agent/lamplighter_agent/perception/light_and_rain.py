"""Light and rain from pixels, cheap enough to do once per second beside the network.

Lamps and headlights make bright spots at night, so darkness is read where a picture is darkest: by
day even the shadows are lit. Rain falls everywhere and is somewhere else in the next frame: streaks
are thin bright near-vertical lines in the difference of two frames, spread over the whole picture.
Traffic changes only where it drives, and noise and compression draw as many horizontal lines as
vertical ones. Streaks drown in the sensor's noise at night: there the rain score means little.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lamplighter_agent.camera.frame import Frame

INTERVAL_S = 1.0
DARK_PERCENT = 10
# The streaks' own scale at 480 lines: one or two pixels wide, 8 to 26 long.
RUN = 8
REACH = 3
BLOCK_RUNS = 6
BLOCK_ACROSS = 40
# A line stands out by this many robust standard deviations of its picture, and by these levels.
OUTLIER = 5.0
LEAST_CONTRAST = 4.0
SPARSE = 5  # the spread is estimated from every fifth column

Luma = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LightAndRain:
    """What the pixels say of light and weather, both 0 to 1."""

    brightness: float
    rain: float


def brightness(luma: Luma, black: int = 0, white: int = 255) -> float:
    """Tenth percentile of a luma plane, 0 (`black`) to 1 (`white`)."""
    dark = np.partition(luma[::4, ::4], int(luma[::4, ::4].size * DARK_PERCENT / 100), axis=None)
    level = float(dark[int(dark.size * DARK_PERCENT / 100)])
    return min(max((level - black) / (white - black), 0.0), 1.0)


def rain_score(before: Luma, now: Luma) -> float:
    """Blocks with a new vertical line less blocks with a new horizontal one, as a part of all."""
    # The middle half of the rows tells as much as all of them and costs half.
    rows = slice(now.shape[0] // 4, now.shape[0] * 3 // 4)
    change = np.subtract(now[rows], before[rows], dtype=np.int16)
    return max(_lined_blocks(change) - _lined_blocks(change.T), 0.0)


def _lined_blocks(change: NDArray[np.int16]) -> float:
    """Part of the blocks that hold a thin bright line along the first axis."""
    down, across = change.shape[0] // (RUN * BLOCK_RUNS), change.shape[1] // BLOCK_ACROSS
    if not down or not across:
        return 0.0
    height, width = down * RUN * BLOCK_RUNS, across * BLOCK_ACROSS
    # Sums over short runs keep streaks and average the sensor's noise away.
    parts = change[:height, :width].reshape(-1, RUN, width)
    runs = parts.sum(axis=1, dtype=np.int16)
    line = runs[:, REACH:-REACH] - np.maximum(runs[:, : -2 * REACH], runs[:, 2 * REACH :])
    some = line[:, ::SPARSE].ravel()
    middle = float(np.median(some))
    spread = 1.4826 * float(np.median(np.abs(some - middle)))
    lined = np.zeros(runs.shape, bool)
    lined[:, REACH:-REACH] = line > middle + max(OUTLIER * spread, LEAST_CONTRAST * RUN)
    blocks = lined.reshape(down, BLOCK_RUNS, across, BLOCK_ACROSS)
    return float(blocks.any(axis=(1, 3)).mean())


class LightAndRainMeter:
    """Looks at two successive frames once per interval; in between it costs nothing."""

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._due = self._at = float("-inf")
        self._before: Luma | None = None

    def look(self, frame: Frame) -> LightAndRain | None:
        """A new reading when one is due, otherwise None.

        Raises:
            SourceError: the picture cannot be converted.
        """
        if frame.at < self._at:  # the clock was set back
            self._due, self._before = float("-inf"), None
        self._at = frame.at
        if frame.at < self._due:
            return None
        luma = frame.luma()
        if self._before is None or self._before.shape != luma.shape:
            self._before = luma.copy()
            return None
        reading = LightAndRain(brightness(luma, *frame.luma_range), rain_score(self._before, luma))
        self._before, self._due = None, frame.at + self._interval_s
        return reading
