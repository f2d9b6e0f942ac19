"""What pycocotools makes of the same boxes: AP50 of each class, COCO's own way."""

import contextlib
import io

import numpy as np
from lamplighter_recipes.tasks.detection.average_precision import IGNORE, IOU_LIMIT, Boxes
from lamplighter_wire.tasks.detection import CLASSES
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def coco_class_ap50(predictions: list[Boxes], truths: list[Boxes]) -> dict[str, float]:
    """AP at IoU 0.5 of each class that occurs."""
    labels = COCO()
    labels.dataset = _document(truths)
    with contextlib.redirect_stdout(io.StringIO()):
        labels.createIndex()
        results = labels.loadRes(_results(predictions))
        evaluation = COCOeval(labels, results, "bbox")
        evaluation.params.iouThrs = np.array([IOU_LIMIT])
        evaluation.evaluate()
        evaluation.accumulate()
    precision = np.asarray(evaluation.eval["precision"])[0, :, :, 0, -1]  # recall, class
    return {
        name: float(precision[:, k].mean())
        for k, name in enumerate(CLASSES)
        if (precision[:, k] >= 0).any()
    }


def merged(predictions: list[Boxes], truths: list[Boxes]) -> tuple[list[Boxes], list[Boxes]]:
    """The same with all classes as the first one."""
    one_class = [np.where(truth[:, 4:] == IGNORE, IGNORE, 0.0) for truth in truths]
    return (
        [np.hstack([boxes[:, :5], np.zeros((len(boxes), 1))]) for boxes in predictions],
        [np.hstack([t[:, :4], label]) for t, label in zip(truths, one_class, strict=True)],
    )


def _document(truths: list[Boxes]) -> dict[str, object]:
    annotations = [
        {"image_id": image, "category_id": int(label), **_box(*box), "iscrowd": 0}
        for image, truth in enumerate(truths, 1)
        for *box, label in truth[truth[:, 4] != IGNORE].tolist()
    ]
    annotations += [
        # pycocotools ignores what is larger than any area it looks at
        {"image_id": image, "category_id": k, **_box(*box), "area": 1e12, "iscrowd": 0}
        for image, truth in enumerate(truths, 1)
        for *box, _ in truth[truth[:, 4] == IGNORE].tolist()
        for k in range(len(CLASSES))
    ]
    return {
        "info": {},
        "images": [{"id": image} for image in range(1, len(truths) + 1)],
        "annotations": [{"id": n + 1, **row} for n, row in enumerate(annotations)],
        "categories": [{"id": k, "name": name} for k, name in enumerate(CLASSES)],
    }


def _results(predictions: list[Boxes]) -> list[dict[str, object]]:
    return [
        {"image_id": image, "category_id": int(label), "bbox": _box(*box)["bbox"], "score": score}
        for image, boxes in enumerate(predictions, 1)
        for *box, score, label in boxes.tolist()
    ]


def _box(x1: float, y1: float, x2: float, y2: float) -> dict[str, object]:
    width, height = x2 - x1, y2 - y1
    return {"bbox": [x1, y1, width, height], "area": width * height}
