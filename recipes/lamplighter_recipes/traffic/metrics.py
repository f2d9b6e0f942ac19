"""Accuracy beyond the merged AP50: ignored boxes, tallies, count errors, AP per class.

Boxes are in the picture's own pixels. Predictions are [n,6] (x1,y1,x2,y2,score,class), truths
[n,5] (x1,y1,x2,y2,class); class -1 is neither right nor wrong.
"""

import contextlib
import io
from dataclasses import dataclass

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster
from lamplighter_wire.task import CLASSES, iou_matrix
from numpy.typing import NDArray

from lamplighter_recipes.accuracy import IOU_LIMIT, MAX_DETECTIONS, Matches
from lamplighter_recipes.traffic.labels import IGNORE, Boxes


def match_frame(predicted: Boxes, truth: Boxes) -> Matches:
    """Greedy matching by score at IoU 0.5, all classes as one (COCO's rule).

    A detection that only overlaps an ignored box is left out.
    """
    predicted = predicted[np.argsort(-predicted[:, 4], kind="stable")][:MAX_DETECTIONS]
    truth = truth[np.argsort(truth[:, 4] == IGNORE, kind="stable")]
    real = truth[:, 4] != IGNORE
    iou = iou_matrix(predicted[:, :4], truth[:, :4])
    free = np.ones(len(truth), bool)
    hits, kept = np.zeros(len(predicted), bool), np.ones(len(predicted), bool)
    for i, row in enumerate(iou):
        best = _best(np.where(free & real, row, 0.0))
        if best is not None:
            free[best] = False
            hits[i] = True
        elif _best(np.where(real, 0.0, row)) is not None:
            kept[i] = False
    return Matches(predicted[kept, 4], hits[kept], int(real.sum()))


def _best(row: NDArray[np.float64]) -> int | None:
    if len(row) == 0:
        return None
    index = int(row.argmax())
    return index if row[index] >= IOU_LIMIT else None


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


def tally(frames: list[Matches], threshold: float) -> Tally:
    """Count over all pictures what a score threshold lets through."""
    hits = sum(int(frame.hits[frame.scores >= threshold].sum()) for frame in frames)
    said = sum(int((frame.scores >= threshold).sum()) for frame in frames)
    objects = sum(frame.truths for frame in frames)
    return Tally(hits, said - hits, objects - hits)


def count_error(frames: list[Matches], thresholds: list[float]) -> float:
    """Mean absolute difference between counted and present objects per picture."""
    pairs = zip(frames, thresholds, strict=True)
    errors = [abs(int((f.scores >= limit).sum()) - f.truths) for f, limit in pairs]
    return float(np.mean(errors)) if errors else float("nan")


def class_ap50(predictions: list[Boxes], truths: list[Boxes]) -> dict[str, float]:
    """AP at IoU 0.5 of each class that occurs, by faster-coco-eval."""
    if not any(len(truth) for truth in truths):
        return {}
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO(_coco(truths))
        result = reference.loadRes(_results(predictions)) if any(map(len, predictions)) else None
        if result is None:
            return {}
        judge = COCOeval_faster(reference, result, "bbox")
        judge.params.iouThrs = np.array([IOU_LIMIT])
        judge.evaluate()
        judge.accumulate()
    precision = np.asarray(judge.eval["precision"])[0, :, :, 0, -1]  # recall, class; all areas
    return {
        name: float(precision[:, k].mean())
        for k, name in enumerate(CLASSES)
        if (precision[:, k] >= 0).any()
    }


def _coco(truths: list[Boxes]) -> dict[str, list[dict[str, object]]]:
    annotations: list[dict[str, object]] = []
    for image, truth in enumerate(truths, 1):
        for x1, y1, x2, y2, label in truth[truth[:, 4] != IGNORE].tolist():
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": int(label),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                }
            )
    return {
        "images": [{"id": image} for image in range(1, len(truths) + 1)],
        "annotations": annotations,
        "categories": [{"id": k, "name": name} for k, name in enumerate(CLASSES)],
    }


def _results(predictions: list[Boxes]) -> list[dict[str, object]]:
    return [
        {
            "image_id": image,
            "category_id": int(label),
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "score": score,
        }
        for image, found in enumerate(predictions, 1)
        for x1, y1, x2, y2, score, label in found.tolist()
    ]
