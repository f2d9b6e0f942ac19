"""What the decoders of boxes have in common: numpy only."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.decoders.decoder import Decoder

Array = NDArray[np.float32]
NO_BOXES: Array = np.zeros((0, 6), np.float32)
NO_CLASS = -1
SMALLEST = 1e-7  # scores nearer to 0 or 1 than this are taken for it
ROUNDING = 1e-4  # of logits: no score that reaches its threshold is lost to it


def activated(values: Array, activation: str) -> Array:
    """Scores in 0..1 of logits [n, classes]."""
    if activation == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-np.clip(values, -60, 60))), np.float32)
    if activation == "softmax":
        powers = np.exp(values - values.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
    return values


def least_logit(score: float, activation: str) -> float:
    """A bound on values before they are activated: what lies below it does not reach the score.

    A softmax says nothing of one value alone: no bound.
    """
    if activation == "sigmoid":
        inside = min(max(score, SMALLEST), 1 - SMALLEST)
        return float(np.log(inside / (1 - inside))) - ROUNDING
    return score if not activation else -np.inf


def expected_bins(values: Array) -> Array:
    """Means of distributions over 0, 1, 2 ... that are given as logits in the last axis."""
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    bins = np.arange(values.shape[-1], dtype=np.float32)
    return np.asarray((powers @ bins) / powers.sum(axis=-1), np.float32)


@lru_cache(maxsize=16)
def mapped_classes(decoder: Decoder) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns of the network's classes that the task has, and the task's class of each."""
    table = np.array(decoder.class_map, np.intp)
    columns = np.flatnonzero(table != NO_CLASS)
    return columns, table[columns]


def best_classes(scores: Array, decoder: Decoder) -> tuple[Array, NDArray[np.intp]]:
    """Of scores [n, classes of the network]: the best of the task's classes, and which it is."""
    columns, classes = mapped_classes(decoder)
    chosen = scores[:, columns]
    best = chosen.argmax(axis=1)
    return chosen[np.arange(len(chosen)), best], classes[best]


def corners(boxes: Array, decoder: Decoder, width: int, height: int) -> Array:
    """Boxes [n, 4] as x1, y1, x2, y2 in pixels of a picture."""
    if decoder.box in ("yxyx", "yxhw"):
        boxes = boxes[:, [1, 0, 3, 2]]
    if decoder.box in ("xywh", "yxhw"):
        half = boxes[:, 2:] / 2
        boxes = np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)
    if decoder.unit == "fractions":
        boxes = boxes * np.array([width, height, width, height], np.float32)
    return boxes


def rows(boxes: Array, scores: Array, classes: NDArray[np.intp]) -> Array:
    """Boxes [n, 6]: x1, y1, x2, y2, score, class."""
    return np.hstack([boxes, scores[:, None], classes[:, None].astype(np.float32)])


def cells(width: int, height: int, stride: int, centre: float) -> Array:
    """Where the cells of a feature map stand, [cells, 2] (x, y) in pixels, row by row."""
    y, x = np.mgrid[0 : -(-height // stride), 0 : -(-width // stride)]
    return np.asarray((np.stack([x, y], -1).reshape(-1, 2) + centre) * stride, np.float32)
