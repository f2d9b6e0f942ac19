"""Count how tall confirmed road users stand in the pictures, for a window of telemetry."""

import numpy as np
from lamplighter_wire.messages import SeenHeights
from lamplighter_wire.street.object_heights import BINS, SCALE, count_heights

from lamplighter_agent.perception.tracking import Floats


class HeightCounter:
    """Adds up pictures until they are taken."""

    def __init__(self) -> None:
        self._clear()

    def add(self, boxes: Floats, picture_height: int) -> None:
        """Confirmed tracks' boxes [n, 4] in one picture's pixels."""
        free, covered = count_heights(boxes, picture_height)
        self._free += free
        self._covered += covered
        self._pictures += 1

    def take(self) -> SeenHeights:
        """What was seen since the last call; nothing is told of no pictures."""
        if not self._pictures:
            return SeenHeights()
        told = SeenHeights(
            scale=SCALE,
            pictures=self._pictures,
            free=self._free.tolist(),
            covered=self._covered.tolist(),
        )
        self._clear()
        return told

    def _clear(self) -> None:
        self._pictures = 0
        self._free, self._covered = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
