"""Decoders of boxes by name: from a network's outputs to candidates [n, 6].

A candidate is x1, y1, x2, y2 in pixels of the input, score, and the task's class.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.decoders.arrays import (
    NO_BOXES,
    Array,
    activated,
    best_classes,
    cells,
    corners,
    expected_bins,
    least_logit,
    rows,
)
from lamplighter_wire.decoders.decoder import DISTRIBUTIONS, Decoder

Outputs = Mapping[str, NDArray[Any]]
BOX = 4  # numbers of one


class Picture(NamedTuple):
    """Width and height of what the network saw, in pixels."""

    width: int
    height: int


Candidates = Callable[[Outputs, Picture, Decoder, float], Array]


class BoxDecoder(NamedTuple):
    """What it calls the outputs that it reads, and how it reads them."""

    outputs: tuple[str, ...]
    candidates: Candidates
    summary: str


def after_nms(outputs: Outputs, picture: Picture, decoder: Decoder, least: float) -> Array:
    """Boxes [n, 4], scores [n] and classes [n] of a graph that suppresses by itself."""
    scores = np.asarray(outputs["scores"], np.float32).reshape(-1)
    classes = np.asarray(outputs["classes"]).reshape(-1).astype(np.intp)
    boxes = np.asarray(outputs["boxes"], np.float32).reshape(-1, BOX)
    return _listed(boxes, scores, classes, picture, decoder, least)


def detections(outputs: Outputs, picture: Picture, decoder: Decoder, least: float) -> Array:
    """The same as rows [n, 6]: a box, its score and its class."""
    table = np.asarray(outputs["detections"], np.float32).reshape(-1, BOX + 2)
    classes = table[:, 5].astype(np.intp)
    return _listed(table[:, :BOX], table[:, 4], classes, picture, decoder, least)


def _listed(
    boxes: Array,
    scores: Array,
    classes: NDArray[np.intp],
    picture: Picture,
    decoder: Decoder,
    least: float,
) -> Array:
    """Rows of a list, which is filled up with rows of no score or no class."""
    table = np.array(decoder.class_map, np.intp)
    named = (classes >= 0) & (classes < len(table)) & (scores >= least)
    mapped = np.where(named, table[np.clip(classes, 0, len(table) - 1)], -1)
    kept = mapped >= 0
    return rows(corners(boxes[kept], decoder, *picture), scores[kept], mapped[kept])


def yolo(outputs: Outputs, picture: Picture, decoder: Decoder, least: float) -> Array:
    """One tensor of boxes, perhaps an objectness, and class scores: rows, or columns."""
    table = np.asarray(outputs["predictions"], np.float32)
    length = BOX + decoder.objectness + len(decoder.class_map)
    if table.shape[-1] != length:
        table = table.T
    scores, classes = best_classes(
        activated(table[:, length - len(decoder.class_map) :], decoder.activation), decoder
    )
    if decoder.objectness:
        scores = scores * activated(table[:, BOX : BOX + 1], decoder.activation)[:, 0]
    kept = scores >= least
    boxes = corners(table[kept, :BOX], decoder, *picture)
    return rows(boxes, scores[kept], classes[kept])


def ssd(outputs: Outputs, picture: Picture, decoder: Decoder, least: float) -> Array:
    """Encoded boxes [A, 4] against anchors, and class scores [A, classes].

    Liu et al., SSD: Single Shot MultiBox Detector, ECCV 2016.
    """
    logits = np.asarray(outputs["scores"], np.float32)
    scores, classes = best_classes(activated(logits, decoder.activation), decoder)
    kept = scores >= least
    if not kept.any():
        return NO_BOXES
    encoded = np.asarray(outputs["boxes"], np.float32)[kept]
    if decoder.box.startswith("yx"):
        encoded = encoded[:, [1, 0, 3, 2]]
    anchors = ssd_anchors(decoder, picture)[kept]
    places, sizes = decoder.variances
    centres = encoded[:, :2] * places * anchors[:, 2:] + anchors[:, :2]
    half = np.exp(np.clip(encoded[:, 2:] * sizes, None, 10)) * anchors[:, 2:] / 2
    boxes = np.concatenate([centres - half, centres + half], axis=1)
    return rows(boxes, scores[kept], classes[kept])


@lru_cache(maxsize=16)
def ssd_anchors(decoder: Decoder, picture: Picture) -> Array:
    """All anchors in pixels, [A, 4] (centre x, centre y, width, height), cell by cell."""
    levels = []
    for stride, priors in zip(decoder.strides, decoder.priors, strict=True):
        columns, lines = -(-picture.width // stride), -(-picture.height // stride)
        # A cell is a part of the picture: where the stride does not divide it, cells are narrower.
        places = cells(columns, lines, 1, decoder.centre)
        places *= np.array([picture.width / columns, picture.height / lines], np.float32)
        sizes = np.array([(p.width * picture.width, p.height * picture.height) for p in priors])
        each = (len(places), len(priors), 2)
        both = [np.broadcast_to(places[:, None], each), np.broadcast_to(sizes[None], each)]
        levels.append(np.concatenate(both, axis=-1).reshape(-1, BOX))
    anchors = np.concatenate(levels).astype(np.float32)
    anchors.setflags(write=False)
    return anchors


def distances(outputs: Outputs, picture: Picture, decoder: Decoder, least: float) -> Array:
    """Distances [A, 4] from each cell to left, top, right, bottom, and class scores [A, classes].

    Tian et al., FCOS: Fully Convolutional One-Stage Object Detection, ICCV 2019.
    """
    scores, classes = best_classes(
        activated(np.asarray(outputs["scores"], np.float32), decoder.activation), decoder
    )
    kept = scores >= least
    centres, scale = _points(decoder, picture)
    reach = np.asarray(outputs["distances"], np.float32)[kept]
    if decoder.unit == "strides":
        reach = reach * scale[kept]
    boxes = np.concatenate([centres[kept] - reach[:, :2], centres[kept] + reach[:, 2:]], axis=1)
    return rows(boxes, scores[kept], classes[kept])


def distributions(outputs: Outputs, picture: Picture, decoder: Decoder, least: float) -> Array:
    """Class scores, then four distributions over distances in strides, of each cell: rows
    [A, classes + 4 bins], or columns. Only cells that may be objects are decoded.

    Li et al., Generalized Focal Loss, NeurIPS 2020.
    """
    table = np.asarray(outputs["cells"])
    centres, scale = _points(decoder, picture)
    in_rows, count = len(table) == len(centres), len(decoder.class_map)
    scores = table[:, :count] if in_rows else table[:count]
    hopeful = (scores >= least_logit(least, decoder.activation)).any(axis=1 if in_rows else 0)
    places = np.flatnonzero(hopeful)
    chosen = np.asarray(table[places] if in_rows else table[:, places].T, np.float32)
    best, classes = best_classes(activated(chosen[:, :count], decoder.activation), decoder)
    kept = best >= least
    reach = expected_bins(np.stack(np.split(chosen[kept, count:], BOX, axis=1), axis=1))
    centres, reach = centres[places[kept]], reach * scale[places[kept]]
    boxes = np.concatenate([centres - reach[:, :2], centres + reach[:, 2:]], axis=1)
    return rows(boxes, best[kept], classes[kept])


@lru_cache(maxsize=16)
def _points(decoder: Decoder, picture: Picture) -> tuple[Array, Array]:
    """Centres [A, 2] of all cells in pixels, and the stride [A, 1] of each."""
    levels = [cells(*picture, stride, decoder.centre) for stride in decoder.strides]
    scale = np.repeat(decoder.strides, [len(level) for level in levels])
    return np.concatenate(levels), scale[:, None].astype(np.float32)


# Of users' networks: one of these is named when such a network is added.
DECODERS: Mapping[str, BoxDecoder] = {
    "after-nms": BoxDecoder(
        ("boxes", "scores", "classes"), after_nms, "boxes, scores and classes, one row an object"
    ),
    "detections": BoxDecoder(
        ("detections",), detections, "rows of box, score and class, one an object"
    ),
    "yolo": BoxDecoder(
        ("predictions",), yolo, "one tensor of boxes, perhaps an objectness, and class scores"
    ),
    "ssd": BoxDecoder(("boxes", "scores"), ssd, "boxes encoded against anchors, and class scores"),
    "distances": BoxDecoder(
        ("scores", "distances"), distances, "class scores, and distances from cells to four sides"
    ),
}
# Of all networks, those of our own families as well.
READERS: Mapping[str, BoxDecoder] = {
    **DECODERS,
    DISTRIBUTIONS: BoxDecoder(
        ("cells",),
        distributions,
        "class scores and four distributions over distances, of each cell",
    ),
}
