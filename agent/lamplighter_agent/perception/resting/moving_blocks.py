"""Whether something moves in a camera's pictures, for a small part of what a network costs.

The brightness of small blocks beside a background that follows slowly, as the motion detectors of
video recorders do it. Means of blocks take the sensor's noise away; what changes everywhere alike
is the light or the camera's exposure, and no motion.
"""

import math

import numpy as np
from numpy.typing import NDArray

COLUMNS = 80  # blocks across a picture, whatever its size
SAMPLES = 4  # of a block, along each side
FOLLOW_S = 4.0  # time constant of the background: what has left is forgotten soon
# A block has changed by so many levels of brightness, and by so many robust standard deviations.
LEAST_LEVELS = 6.0
OUTLIER = 6.0
# Blocks that must change for a motion to begin, and for one under way to go on.
BEGINS, GOES_ON = 3, 1
QUIET_S = 2.0  # a motion has ended once nothing has changed for so long
LEARN_S = 3.0  # the first pictures are the background

Luma = NDArray[np.uint8]
Floats = NDArray[np.float32]


def block_means(luma: Luma) -> Floats:
    """[rows, columns] of a brightness plane [height, width]; what is left over at its edges is left
    out."""
    side = max(luma.shape[1] // COLUMNS, 1)
    step = max(side // SAMPLES, 1)
    count = side // step
    rows, columns = luma.shape[0] // (count * step), luma.shape[1] // (count * step)
    some = luma[: rows * count * step : step, : columns * count * step : step]
    down = some.reshape(rows, count, -1).sum(axis=1, dtype=np.uint16)
    total = down.reshape(rows, columns, count).sum(axis=2, dtype=np.uint16)
    return np.asarray(total / np.float32(count * count), np.float32)


def changed_blocks(change: Floats) -> int:
    """How many blocks stand out of a difference of two pictures' blocks."""
    off = np.abs(change - np.median(change))
    spread = 1.4826 * float(np.median(off))
    return int((off > max(LEAST_LEVELS, OUTLIER * spread)).sum())


class MovingBlocks:
    """Looks at pictures in the order of time; none may be left out for long."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew with the next picture."""
        self._background: Floats | None = None
        self._began = self._at = 0.0
        self._changed_at = -math.inf
        self._moving = False

    def look(self, luma: Luma, at: float) -> bool:
        """Whether something moves in a picture of wall time `at`; True while nothing is known."""
        blocks, background = block_means(luma), self._background
        if background is None or background.shape != blocks.shape or at < self._at:
            self.forget()
            self._background, self._began, self._at = blocks, at, at
            return True
        change = blocks - background
        self._note(changed_blocks(change), at)
        background += change * np.float32(1 - math.exp((self._at - at) / FOLLOW_S))
        self._at = at
        return self._moving or at - self._began < LEARN_S

    def _note(self, changed: int, at: float) -> None:
        if changed >= (GOES_ON if self._moving else BEGINS):
            self._changed_at = at
        self._moving = at - self._changed_at < QUIET_S
