"""Accuracy beyond the merged AP50: count errors, and AP per class.

Boxes are in the picture's own pixels. Predictions are [n,6] (x1,y1,x2,y2,score,class), truths
[n,5] (x1,y1,x2,y2,class); class -1 is neither right nor wrong.
"""

import logging

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster
from lamplighter_wire.tasks.detection import CLASSES

from lamplighter_recipes.tasks.detection.average_precision import IGNORE, IOU_LIMIT, Boxes, Matches

log = logging.getLogger(__name__)


def count_error(frames: list[Matches], thresholds: list[float]) -> float:
    """Mean absolute difference between counted and present objects per picture."""
    pairs = zip(frames, thresholds, strict=True)
    errors = [abs(int((f.scores >= limit).sum()) - f.truths) for f, limit in pairs]
    return float(np.mean(errors)) if errors else float("nan")


def class_ap50(predictions: list[Boxes], truths: list[Boxes]) -> dict[str, float]:
    """AP at IoU 0.5 of each class that occurs, by faster-coco-eval."""
    if not any(len(truth) for truth in truths):
        return {}
    if not any(map(len, predictions)):
        return {}
    labels = COCO(_coco(truths), print_function=log.debug)
    results = labels.loadRes(_results(predictions))
    evaluator = COCOeval_faster(labels, results, "bbox", print_function=log.debug)
    evaluator.params.iouThrs = np.array([IOU_LIMIT])
    evaluator.evaluate()
    evaluator.accumulate()
    precision = np.asarray(evaluator.eval["precision"])[0, :, :, 0, -1]  # recall, class; all areas
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
        for image, boxes in enumerate(predictions, 1)
        for x1, y1, x2, y2, score, label in boxes.tolist()
    ]
