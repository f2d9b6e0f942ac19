"""The traffic task: classes, strides, and how network outputs become boxes. Pure numpy.

An answer of the task is boxes [n, 6]: x1, y1, x2, y2 in pixels, score, class index. A device whose
task is called `detection:NAME` takes only networks that were added under that name, and expects of
them what they reach on the pictures that they came with.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.decoders.detection import READERS, Picture
from lamplighter_wire.decoders.misfits import translating_misfits
from lamplighter_wire.errors import TaskError
from lamplighter_wire.rules.regimes import ANY, Axes, all_regimes
from lamplighter_wire.tasks.task import GoldenRun, Outputs, UsualDemand
from lamplighter_wire.tasks.tensor_names import TensorNames

TRAFFIC, KIND = "traffic", "detection"
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
STREET_AXES: Axes = {
    "light": ("day", "night"),
    "weather": ("dry", "rain"),
    "density": ("free", "jam"),
}
REGIMES = all_regimes(STREET_AXES)
# Used where neither the operating point nor the manifest names a threshold.
DEFAULT_THRESHOLD = 0.35
# Another decoder of pictures moves scores a little: boxes this close to the threshold may come or
# go. A golden box must be found above threshold - margin; only boxes above threshold + margin
# that are not golden count as wrong.
GOLDEN_MARGIN = 0.1
LEAST_GOLDEN_SCORE = 0.01

Array = NDArray[np.float32]
# Outputs of one picture, its width and height, the least score -> boxes [n, 6].
Decode = Callable[[Outputs, int, int, float], Array]


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
    """Intersection over union of boxes [n, ≥4] and [m, ≥4] (x1, y1, x2, y2): [n, m].

    Side by side: arrays [n, m, 2] take four times as long.
    """
    intersection = _common(a, b, 0) * _common(a, b, 1)
    union = _areas(a)[:, None] + _areas(b)[None] - intersection
    return np.asarray(intersection / np.maximum(union, 1e-6), dtype=np.float32)


def _common(a: Array, b: Array, side: int) -> Array:
    """How much of a side (0: width, 1: height) boxes have in common, in pixels: [n, m]."""
    low = np.maximum(a[:, side, None], b[None, :, side])
    high = np.minimum(a[:, side + 2, None], b[None, :, side + 2])
    common: Array = np.maximum(high - low, 0)
    return common


def _areas(boxes: Array) -> Array:
    areas: Array = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


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
    return nms(_inside(boxes, width, height))


def decode_outputs(outputs: Outputs, width: int, height: int, min_score: float = 0.05) -> Array:
    """The same from outputs by name."""
    return decode(outputs["scores"], outputs["distances"], width, height, min_score)


def _inside(boxes: Array, width: int, height: int) -> Array:
    """Boxes cut at the picture's edges."""
    boxes[:, [0, 2]] = boxes[:, [0, 2]].clip(0, width)
    boxes[:, [1, 3]] = boxes[:, [1, 3]].clip(0, height)
    return boxes


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


def class_thresholds(thresholds: Mapping[str, float]) -> Array:
    """Score threshold of each class index; "" is the default for all."""
    default = thresholds.get(ANY, DEFAULT_THRESHOLD)
    return np.array([thresholds.get(name, default) for name in CLASSES], np.float32)


def golden_f1(runs: Sequence[GoldenRun], read: Decode = decode_outputs) -> float:
    """F1 over all golden frames against their boxes; 1.0 where nothing is to be found.

    Boxes are in pixels of the frame's size.
    """
    scores = [float(box[4]) for run in runs for box in run.golden]
    threshold = min(scores, default=DEFAULT_THRESHOLD)
    hits = wrong = 0
    for run in runs:
        least = max(threshold - GOLDEN_MARGIN, LEAST_GOLDEN_SCORE)
        detected = read(run.outputs, run.width, run.height, least)
        golden = run.golden.reshape(-1, 6)
        sure = detected[detected[:, 4] >= threshold + GOLDEN_MARGIN]
        reproduced = _matched(golden, detected)
        hits += reproduced
        wrong += len(golden) - reproduced + len(sure) - _matched(sure, golden)
    return 2 * hits / (2 * hits + wrong) if hits + wrong else 1.0


def _matched(a: Array, b: Array) -> int:
    """How many of the boxes `a` have a partner in `b`, at an overlap of 0.5."""
    return round(match_f1(a, b) * (len(a) + len(b)) / 2) if len(a) and len(b) else 0


class Detection:
    """Finding road users on a street: the first task."""

    tensors = TENSORS
    metric = "AP50"
    axes = STREET_AXES
    # Free flow asks for frames, a jam does not.
    usual_demand = UsualDemand("density", {"free": 8.0, "jam": 4.0})
    default_threshold = DEFAULT_THRESHOLD

    def __init__(self, name: str = TRAFFIC) -> None:
        self.name = name

    def decode(
        self, outputs: Outputs, width: int, height: int, thresholds: Mapping[str, float]
    ) -> Array:
        """Boxes whose score reaches the threshold of their class, in input pixels."""
        limits = class_thresholds(thresholds)
        boxes = self.boxes(outputs, width, height, float(limits.min()))
        return boxes[boxes[:, 4] >= limits[boxes[:, 5].astype(np.intp)]]

    def scaled(self, answer: Array, across: float, down: float) -> Array:
        """Boxes with x and y stretched."""
        boxes = answer.copy()
        boxes[:, [0, 2]] *= across
        boxes[:, [1, 3]] *= down
        return boxes

    def agreement(self, a: Array, b: Array) -> float:
        """F1 of one result against the other, at an overlap of 0.5, whatever the classes."""
        return match_f1(a, b)

    def golden_agreement(self, runs: Sequence[GoldenRun]) -> float:
        """F1 over all golden frames."""
        return golden_f1(runs, self.boxes)

    def boxes(self, outputs: Outputs, width: int, height: int, min_score: float) -> Array:
        """All boxes of at least this score, in input pixels."""
        return decode_outputs(outputs, width, height, min_score)

    def reading(self, decoder: Decoder) -> "Detection":
        """The same task for a network whose outputs are read by a decoder.

        Raises:
            TaskError: there is none of its name, or it names classes that the task lacks.
        """
        return OtherDetection(decoder, self.name)


class OtherDetection(Detection):
    """Detection by a network that gives other outputs than the task's: its decoder reads them.

    Raises:
        TaskError: there is no such decoder, or it names classes that the task lacks.
    """

    def __init__(self, decoder: Decoder, name: str = TRAFFIC) -> None:
        super().__init__(name)
        if decoder.name not in READERS:
            raise TaskError(f"no decoder of boxes is called {decoder.name!r}: update this side")
        if max(decoder.class_map, default=0) >= len(CLASSES):
            most = len(CLASSES) - 1
            raise TaskError(f"class_map names class {max(decoder.class_map)}, the last is {most}")
        self._decoder, self._read = decoder, READERS[decoder.name]
        self.tensors = TensorNames(TENSORS.input, self._read.outputs)

    def boxes(self, outputs: Outputs, width: int, height: int, min_score: float) -> Array:
        """Candidates of the decoder, suppressed unless they are already.

        Raises:
            TaskError: the outputs are not what it reads.
        """
        picture = Picture(width, height)
        with translating_misfits(self._decoder.name, outputs):
            candidates = self._read.candidates(outputs, picture, self._decoder, min_score)
        boxes = _inside(candidates, width, height)
        if self._decoder.suppressed:
            return boxes[np.argsort(-boxes[:, 4], kind="stable")]
        return nms(boxes)


DETECTION = Detection()


def detection_named(name: str) -> Detection | None:
    """The task of a name such as "traffic" or "detection:crossings"."""
    if name == DETECTION.name:
        return DETECTION
    kind, _, of_models = name.partition(":")
    return Detection(name) if kind == KIND and of_models else None
