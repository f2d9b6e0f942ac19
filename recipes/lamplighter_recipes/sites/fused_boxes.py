"""One answer of several looks at a picture, in several sizes and mirrored. Pure.

Weighted boxes fusion (Solovyev, Wang & Gabruseva, Image and Vision Computing, 2021): boxes of one
thing become their mean, and what only some looks have seen is believed the less.
"""

from collections.abc import Sequence

import numpy as np
from lamplighter_wire.tasks.detection import iou_matrix
from numpy.typing import NDArray

from lamplighter_recipes.tasks.detection.average_precision import Boxes

SAME_IOU = 0.55
SCORE, CLASS, LOOK = 4, 5, 6


def mirrored_back(boxes: Boxes, width: int) -> Boxes:
    """Boxes of a mirrored picture of so many pixels across, in the picture as it was."""
    turned = boxes.copy()
    turned[:, [0, 2]] = width - boxes[:, [2, 0]]
    return turned


def fused(looks: Sequence[Boxes]) -> Boxes:
    """Boxes [n, 6] of each look -> boxes [m, 6], the most sure ones first.

    Places are means weighted by score, the score the mean over all looks of the surest box of each,
    the class the one that was seen most surely.
    """
    seen = np.concatenate(
        [np.column_stack([boxes, np.full(len(boxes), n)]) for n, boxes in enumerate(looks)]
    )
    groups: list[NDArray[np.float32]] = []
    means = np.zeros((0, 6), np.float32)
    for box in seen[np.argsort(-seen[:, SCORE], kind="stable")]:
        overlaps = iou_matrix(box[None], means)[0]
        if overlaps.max(initial=0.0) > SAME_IOU:
            number = int(overlaps.argmax())
            groups[number] = np.vstack([groups[number], box])
            means[number] = _mean(groups[number], len(looks))
        else:
            groups.append(box[None])
            means = np.vstack([means, _mean(box[None], len(looks))])
    return means[np.argsort(-means[:, SCORE], kind="stable")]


def _mean(group: NDArray[np.float32], looks: int) -> NDArray[np.float32]:
    scores, surest = group[:, SCORE], np.zeros(looks)
    np.maximum.at(surest, group[:, LOOK].astype(int), scores)
    place = scores @ group[:, :SCORE] / scores.sum()
    kind = np.bincount(group[:, CLASS].astype(int), weights=scores).argmax()
    return np.array([*place, surest.mean(), kind], np.float32)
