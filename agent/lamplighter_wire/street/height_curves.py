"""What a detector finds, by how tall road users stand in the picture: as measured on labelled
pictures, and what it rests on."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.street.object_heights import BINS

# Lower edges of the levels of score that boxes are counted by.
LEVELS = np.round(np.arange(0.05, 1.0, 0.05), 2)
# Bins of those that stand free, then of those that are covered in part.
CELLS = 2 * BINS


class HeightCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Of one variant at one size.

    Attributes:
        pictures: that it was measured on.
        truths: labelled road users by cell.
        hits: those that were found, by cell and level of their box's score.
        alarms: boxes that hit nothing, by bin of their own height and level.
    """

    pictures: int = 0
    truths: list[int] = []
    hits: list[list[int]] = []
    alarms: list[list[int]] = []


def levels_of(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The level of each score [n]; lower ones than the first are of the first."""
    places = np.searchsorted(LEVELS, scores + 1e-6, side="right") - 1
    return np.clip(places, 0, len(LEVELS) - 1).astype(np.int64)
