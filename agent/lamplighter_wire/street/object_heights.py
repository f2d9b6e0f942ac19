"""How tall road users stand in a camera's pictures: boxes counted by height, in bins.

Heights are shares of the picture's height, so they say the same whatever the network's input is:
times its height they are the pixels that a network has of somebody. What is partly covered by
others is harder to see, so it is counted apart. Nothing of a picture is in such counts.
"""

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.tasks.detection import Array

# Of the bins below; other bins have another number.
SCALE = 1
BINS = 12
# Upper edge of the first bin, and how much higher each next one is. The last bin has no end.
FIRST_EDGE, STEP = 0.015, 2**0.5
# From such a share of a box's area under one other box on, it counts as covered.
COVERED = 0.15
EDGES = FIRST_EDGE * STEP ** np.arange(BINS - 1)

Ints = NDArray[np.int64]


def height_bins(boxes: Array, picture_height: float) -> Ints:
    """The bin of each box [n, ≥4] (x1, y1, x2, y2): [n]."""
    shares = (boxes[:, 3] - boxes[:, 1]) / max(picture_height, 1.0)
    return np.searchsorted(EDGES, shares, side="right").astype(np.int64)


def are_covered(boxes: Array) -> NDArray[np.bool_]:
    """Which of the boxes [n, ≥4] share at least COVERED of their area with one other box: [n]."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:4], boxes[None, :, 2:4])
    shared = np.clip(high - low, 0, None).prod(-1)
    np.fill_diagonal(shared, 0.0)
    area = (boxes[:, 2:4] - boxes[:, :2]).prod(-1)
    worst = shared.max(axis=1, initial=0.0)
    return np.asarray(worst >= COVERED * np.maximum(area, 1e-6))


def count_heights(boxes: Array, picture_height: float) -> tuple[Ints, Ints]:
    """How many boxes of each bin stand free, and how many are covered in part: [BINS] each."""
    bins, covered = height_bins(boxes, picture_height), are_covered(boxes)
    return (
        np.bincount(bins[~covered], minlength=BINS),
        np.bincount(bins[covered], minlength=BINS),
    )


def typical_share(number: int) -> float:
    """A height, as a share of the picture's, that stands for a bin: its middle."""
    lower = EDGES[number - 1] if number else FIRST_EDGE / STEP
    return float(lower * STEP**0.5)
