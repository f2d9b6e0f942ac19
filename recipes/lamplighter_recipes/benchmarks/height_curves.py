"""Measures what a detector finds by how tall road users stand in the pictures."""

from collections.abc import Iterable, Sequence

import numpy as np
from lamplighter_wire.street.camera_figures import HeightCurve
from lamplighter_wire.street.height_curves import CELLS, LEVELS, levels_of
from lamplighter_wire.street.object_heights import BINS, are_covered, height_bins
from lamplighter_wire.tasks.detection import iou_matrix
from numpy.typing import NDArray

from lamplighter_recipes.tasks.detection.average_precision import (
    IGNORE,
    IOU_LIMIT,
    MAX_DETECTIONS,
    Boxes,
)
from lamplighter_recipes.tasks.detection.labels import LabelledFrame

Ints = NDArray[np.int64]


def height_curve(boxes: Sequence[Boxes], frames: Iterable[LabelledFrame]) -> HeightCurve:
    """Of all boxes [n, 6] of each frame, in its pixels."""
    truths = np.zeros(CELLS, np.int64)
    hits, alarms = np.zeros((CELLS, len(LEVELS)), np.int64), np.zeros((BINS, len(LEVELS)), np.int64)
    for found, frame in zip(boxes, frames, strict=True):
        labels = frame.boxes[frame.boxes[:, 4] != IGNORE]
        cells = cells_of(labels, frame.height)
        ordered, of_label = assigned(found, frame.boxes)
        levels = levels_of(ordered[:, 4])
        truths += np.bincount(cells, minlength=CELLS)
        is_hit, is_alarm = of_label >= 0, of_label == ALARM
        np.add.at(hits, (cells[of_label[is_hit]], levels[is_hit]), 1)
        bins = height_bins(ordered[is_alarm], frame.height)
        np.add.at(alarms, (bins, levels[is_alarm]), 1)
    return HeightCurve(
        pictures=len(boxes), truths=truths.tolist(), hits=hits.tolist(), alarms=alarms.tolist()
    )


ALARM, PASSED_OVER = -1, -2


def cells_of(boxes: Boxes, picture_height: float) -> Ints:
    """The cell of each box [n, ≥4]: its bin, and whether others cover it in part."""
    return np.asarray(
        height_bins(boxes, picture_height) + BINS * are_covered(boxes).astype(np.int64)
    )


def assigned(found: Boxes, labels: Boxes) -> tuple[Boxes, Ints]:
    """Boxes by falling score, and which of the labels that are no IGNORE each has hit.

    Matched as average precision is; ALARM: none, PASSED_OVER: it only overlaps an ignored one.
    """
    ordered = found[np.argsort(-found[:, 4], kind="stable")][:MAX_DETECTIONS]
    real = labels[:, 4] != IGNORE
    overlaps = iou_matrix(ordered, labels)
    free, of_label = real.copy(), np.full(len(ordered), ALARM, np.int64)
    numbers = np.cumsum(real) - 1
    for i, row in enumerate(overlaps):
        best = _best(np.where(free, row, 0.0))
        if best is not None:
            free[best] = False
            of_label[i] = numbers[best]
        elif _best(np.where(real, 0.0, row)) is not None:
            of_label[i] = PASSED_OVER
    return ordered, of_label


def _best(row: NDArray[np.float64]) -> int | None:
    place = int(row.argmax()) if len(row) else 0
    return place if len(row) and row[place] >= IOU_LIMIT else None
