"""Average precision at IoU 0.5 with all classes merged into one, and its bootstrap interval.

COCO's 101-point interpolation (Lin et al., 2014), in numpy, on matches that are computed once, so
that resampling the pictures costs milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from lamplighter_wire.task import iou_matrix
from numpy.typing import NDArray

IOU_LIMIT = 0.5
MAX_DETECTIONS = 100  # per picture, as COCO does
RECALL_POINTS = np.linspace(0, 1, 101)
BOOTSTRAP_ROUNDS = 200
INTERVAL = (2.5, 97.5)  # percentiles
THRESHOLD_GRID = np.arange(0.15, 0.71, 0.025)

Boxes = NDArray[np.float32]


@dataclass(frozen=True)
class Matches:
    """Detections of one picture by falling score: their scores, and whether they hit."""

    scores: NDArray[np.float32]
    hits: NDArray[np.bool_]
    truths: int


def match(detections: Boxes, truths: Boxes) -> Matches:
    """Greedy matching of boxes [n, ≥5] (score in column 4) with labels [m, ≥4]."""
    ordered = detections[np.argsort(-detections[:, 4], kind="stable")][:MAX_DETECTIONS]
    overlaps = iou_matrix(ordered, truths)
    free = np.ones(len(truths), dtype=bool)
    hits = np.zeros(len(ordered), dtype=bool)
    for i, row in enumerate(overlaps):
        candidates = np.where(free, row, 0.0)
        if len(candidates) and candidates.max() >= IOU_LIMIT:
            free[int(candidates.argmax())] = False
            hits[i] = True
    return Matches(ordered[:, 4], hits, len(truths))


def ap50(pictures: Sequence[Matches]) -> float:
    """Average precision over pictures; 0 when there is nothing to find."""
    truths = sum(picture.truths for picture in pictures)
    if not truths:
        return 0.0
    scores = np.concatenate([picture.scores for picture in pictures])
    hits = np.concatenate([picture.hits for picture in pictures])
    hits = hits[np.argsort(-scores, kind="stable")]
    found = np.cumsum(hits)
    precision = found / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(found / truths, RECALL_POINTS, side="left")
    return float(np.append(envelope, 0.0)[np.minimum(places, len(envelope))].mean())


def interval(pictures: Sequence[Matches], seed: int = 0) -> tuple[float, float]:
    """95 % interval of the AP50 when the pictures are drawn again (percentile bootstrap)."""
    rng = np.random.default_rng(seed)
    values = [
        ap50([pictures[i] for i in rng.integers(len(pictures), size=len(pictures))])
        for _ in range(BOOTSTRAP_ROUNDS)
    ]
    low, high = np.percentile(values, INTERVAL)
    return float(low), float(high)


def f1_at(pictures: Sequence[Matches], threshold: float) -> float:
    """F1 of the detections at or above a score."""
    kept = sum(int((picture.scores >= threshold).sum()) for picture in pictures)
    hits = sum(int(picture.hits[picture.scores >= threshold].sum()) for picture in pictures)
    truths = sum(picture.truths for picture in pictures)
    return 2 * hits / (kept + truths) if kept + truths else 1.0


def best_threshold(pictures: Sequence[Matches]) -> float:
    """The score threshold with the highest F1; the lowest of equals."""
    values = [f1_at(pictures, float(threshold)) for threshold in THRESHOLD_GRID]
    return round(float(THRESHOLD_GRID[int(np.argmax(values))]), 3)
