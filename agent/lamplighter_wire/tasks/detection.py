"""The traffic task: classes, strides, and how network outputs become boxes. Pure numpy."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.tasks.tensor_names import TensorNames

# `images` uint8 [N, H, W, 3] RGB; `scores` [N, A, classes] in 0..1 and `distances` [N, A, 4] in
# input pixels. Height and width are multiples of the coarsest stride.
TENSORS = TensorNames("images", ("scores", "distances"))
CLASSES = ("car", "van", "truck", "bus", "motorcycle", "bicycle", "person")
STRIDES = (8, 16, 32)
NMS_IOU = 0.6
# More than this never stand in one camera's view; bounds the cost of NMS on noise.
MAX_CANDIDATES = 300
# Median number of visible objects from which a street counts as jammed.
JAM_OBJECTS = 12

Array = NDArray[np.float32]


@lru_cache(maxsize=16)
def anchor_centres(width: int, height: int) -> Array:
    """Centres of all anchors in input pixels, [A, 2] as (x, y), strides in order, row major.

    The array is shared between calls and read-only.
    """
    levels = []
    for stride in STRIDES:
        y, x = np.mgrid[0 : height // stride, 0 : width // stride]
        levels.append((np.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride)
    centres = np.concatenate(levels).astype(np.float32)
    centres.setflags(write=False)
    return centres


def iou_matrix(a: Array, b: Array) -> Array:
    """Intersection over union of boxes [n, ≥4] and [m, ≥4] (x1, y1, x2, y2): [n, m]."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    intersection = np.clip(high - low, 0, None).prod(-1)
    area_a = (a[:, 2:4] - a[:, :2]).prod(-1)
    area_b = (b[:, 2:4] - b[:, :2]).prod(-1)
    union = area_a[:, None] + area_b[None] - intersection
    return np.asarray(intersection / np.maximum(union, 1e-6), dtype=np.float32)


def nms(boxes: Array, iou_limit: float = NMS_IOU) -> Array:
    """Greedy, class-agnostic suppression of boxes [n, ≥5] sorted by column 4 (score)."""
    order = boxes[np.argsort(-boxes[:, 4], kind="stable")][:MAX_CANDIDATES]
    overlaps = iou_matrix(order, order) > iou_limit
    alive = np.ones(len(order), dtype=bool)
    for i in range(len(order)):
        if alive[i]:
            alive[i + 1 :] &= ~overlaps[i, i + 1 :]
    return order[alive]


def decode(
    scores: Array, distances: Array, width: int, height: int, min_score: float = 0.05
) -> Array:
    """Boxes [n, 6] (x1, y1, x2, y2, score, class) in input pixels of one picture.

    scores is [A, classes] in 0..1, distances [A, 4] (left, top, right, bottom) in input pixels.
    """
    best = scores.max(axis=1)
    keep = best >= min_score
    centres = anchor_centres(width, height)[keep]
    reach = distances[keep]
    boxes = np.concatenate(
        [
            centres - reach[:, :2],
            centres + reach[:, 2:],
            best[keep, None],
            scores[keep].argmax(axis=1)[:, None],
        ],
        axis=1,
    ).astype(np.float32)
    boxes[:, [0, 2]] = boxes[:, [0, 2]].clip(0, width)
    boxes[:, [1, 3]] = boxes[:, [1, 3]].clip(0, height)
    return nms(boxes)


def match_f1(a: Array, b: Array, iou_limit: float = 0.5) -> float:
    """F1 of boxes `a` against `b` at the given overlap, greedy by score; 1.0 when both empty."""
    if len(a) == 0 and len(b) == 0:
        return 1.0
    if len(a) == 0 or len(b) == 0:
        return 0.0
    overlaps = iou_matrix(a[np.argsort(-a[:, 4], kind="stable")], b)
    free = np.ones(len(b), dtype=bool)
    hits = 0
    for row in overlaps:
        candidates = np.where(free, row, 0.0)
        best = int(candidates.argmax())
        if candidates[best] >= iou_limit:
            free[best] = False
            hits += 1
    return 2 * hits / (len(a) + len(b))
