"""Curves of a detector that finds tall road users and misses low ones, as labels would show it."""

import numpy as np
from lamplighter_wire.street.camera_figures import ALL, AccuracyFit, CameraFigures, HeightCurve
from lamplighter_wire.street.height_curves import CELLS, LEVELS
from lamplighter_wire.street.object_heights import BINS

LOW, TALL = 2, 8  # bins
# Score levels of hits and of alarms, as shares of all.
SURE, DOUBTFUL = LEVELS >= 0.5, LEVELS < 0.3


def curve(
    found_low: float, found_tall: float, truths: int = 1000, alarms: int = 100
) -> HeightCurve:
    """Of so many free ones in two bins, these shares are found, with scores from .5 on; boxes that
    hit nothing have scores below .3."""
    hits, wrong = np.zeros((CELLS, len(LEVELS))), np.zeros((BINS, len(LEVELS)))
    amount = np.zeros(CELLS)
    for number, share in ((LOW, found_low), (TALL, found_tall)):
        amount[number] = truths
        hits[number, SURE] = share * truths / SURE.sum()
        wrong[number, DOUBTFUL] = alarms / DOUBTFUL.sum()
    return HeightCurve(
        pictures=100,
        truths=amount.astype(int).tolist(),
        hits=hits.round().astype(int).tolist(),
        alarms=wrong.round().astype(int).tolist(),
    )


def figures(found_low: float, found_tall: float, size: str = "384x288") -> CameraFigures:
    """With lines that believe heights as they are, and agreement as it is."""
    return CameraFigures(
        curves={size: {ALL: curve(found_low, found_tall)}},
        by_heights={size: AccuracyFit(slope=1.0, spread=0.05, cameras=9)},
        by_agreement={size: {f"@{size}": AccuracyFit(slope=1.0, spread=0.03, cameras=9)}},
    )


def boxes(low: int, tall: int) -> tuple[int, ...]:
    """Counts by cell, of those that stand free."""
    return tuple({LOW: low, TALL: tall}.get(number, 0) for number in range(CELLS))
