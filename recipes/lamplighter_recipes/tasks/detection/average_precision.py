"""Average precision at IoU 0.5, with all classes merged into one or class by class.

COCO's 101-point interpolation (Lin et al., 2014), in numpy, on matches that are computed once, so
that resampling the pictures costs milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from lamplighter_wire.tasks.detection import CLASSES, iou_matrix
from numpy.typing import NDArray

IOU_LIMIT = 0.5
IGNORE = -1.0  # class of a labelled box that is neither object nor background
MAX_DETECTIONS = 100  # per picture, as COCO does
RECALL_POINTS = np.linspace(0, 1, 101)
THRESHOLD_GRID = np.arange(0.15, 0.71, 0.025)

Boxes = NDArray[np.float32]


@dataclass(frozen=True)
class Matches:
    """Detections of one picture by falling score: their scores, and whether they hit.

    `by_class`: the same of each class's detections and labels alone, in the order of CLASSES;
    empty where classes were not told apart.
    """

    scores: NDArray[np.float32]
    hits: NDArray[np.bool_]
    truths: int
    by_class: tuple["Matches", ...] = ()


@dataclass(frozen=True)
class Tally:
    """Hits, false alarms and misses at one threshold."""

    hits: int
    alarms: int
    misses: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 when there is nothing to find or say."""
        total = 2 * self.hits + self.alarms + self.misses
        return 2 * self.hits / total if total else 1.0


def match(detections: Boxes, truths: Boxes) -> Matches:
    """Greedy matching by score at IoU 0.5, all classes as one (COCO's rule).

    A detection that only overlaps an ignored box is left out.

    Args:
        detections: boxes [n, ≥5], score in column 4.
        truths: labels [m, 5], class in column 4, or IGNORE.
    """
    ordered = detections[np.argsort(-detections[:, 4], kind="stable")][:MAX_DETECTIONS]
    real = truths[:, 4] != IGNORE
    free = real.copy()
    hits, counted = np.zeros(len(ordered), bool), np.ones(len(ordered), bool)
    for i, row in enumerate(iou_matrix(ordered[:, :4], truths[:, :4])):
        best = _best(np.where(free, row, 0.0))
        if best is not None:
            free[best] = False
            hits[i] = True
        elif _best(np.where(real, 0.0, row)) is not None:
            counted[i] = False
    return Matches(ordered[counted, 4], hits[counted], int(real.sum()))


def match_classes(detections: Boxes, truths: Boxes) -> Matches:
    """`match`, with the matches of each class beside those of all as one.

    Args:
        detections: boxes [n, 6], score in column 4, class in column 5.
        truths: labels [m, 5], class in column 4, or IGNORE.
    """
    by_class = (
        match(
            detections[detections[:, 5] == kind],
            truths[(truths[:, 4] == kind) | (truths[:, 4] == IGNORE)],
        )
        for kind in range(len(CLASSES))
    )
    return replace(match(detections, truths), by_class=tuple(by_class))


def _best(row: NDArray[np.float64]) -> int | None:
    """Index of the largest overlap, if it is large enough."""
    if len(row) == 0:
        return None
    index = int(row.argmax())
    return index if row[index] >= IOU_LIMIT else None


def ap50(pictures: Sequence[Matches]) -> float:
    """Average precision over pictures; 0 when there is nothing to find."""
    truths = sum(picture.truths for picture in pictures)
    if not truths:
        return 0.0
    scores = np.concatenate([picture.scores for picture in pictures])
    hits = np.concatenate([picture.hits for picture in pictures])
    hits = hits[np.argsort(-scores, kind="stable")]
    true_positives = np.cumsum(hits)
    precision = true_positives / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(true_positives / truths, RECALL_POINTS, side="left")
    return float(np.append(envelope, 0.0)[np.minimum(places, len(envelope))].mean())


def tally(pictures: Sequence[Matches], threshold: float) -> Tally:
    """Count over all pictures what a score threshold lets through."""
    hits = sum(int(picture.hits[picture.scores >= threshold].sum()) for picture in pictures)
    detections = sum(int((picture.scores >= threshold).sum()) for picture in pictures)
    truths = sum(picture.truths for picture in pictures)
    return Tally(hits, detections - hits, truths - hits)


def best_threshold(pictures: Sequence[Matches]) -> float:
    """The score threshold with the highest F1; the lowest of equals."""
    values = [tally(pictures, float(threshold)).f1 for threshold in THRESHOLD_GRID]
    return round(float(THRESHOLD_GRID[int(np.argmax(values))]), 3)
