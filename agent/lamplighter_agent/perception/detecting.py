"""From a frame to boxes in camera pixels."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.tasks.detection import CLASSES, decode, match_f1
from numpy.typing import NDArray

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.runtimes.engine import Engine

Boxes = NDArray[np.float32]

# Used where neither the operating point nor the manifest names a threshold.
DEFAULT_THRESHOLD = 0.35


@dataclass(frozen=True, slots=True)
class Detections:
    """What was found in one frame.

    boxes: [n, 6] (x1, y1, x2, y2, score, class index) in camera pixels.
    latency_ms: scaling, inference and decoding, by the monotonic clock.
    cpu_s: CPU time of the same, upper bound for engines with several threads.
    """

    boxes: Boxes
    latency_ms: float
    cpu_s: float


def class_thresholds(thresholds: Mapping[str, float]) -> NDArray[np.float32]:
    """Score threshold of each class index; "" is the default for all."""
    default = thresholds.get("", DEFAULT_THRESHOLD)
    return np.array([thresholds.get(name, default) for name in CLASSES], np.float32)


def detect(
    engine: Engine, frame: Frame, point: OperatingPoint, thresholds: Mapping[str, float]
) -> Detections:
    """Run the operating point on a frame.

    `thresholds` are scores per class, as `class_thresholds` takes them.

    Raises:
        EngineError: the runtime failed.
        SourceError: the picture cannot be scaled.
    """
    started, cpu_started = time.perf_counter(), time.thread_time()
    limits = class_thresholds(thresholds)
    images = frame.rgb(point.width, point.height)[None]
    outputs = engine.infer(images)
    scores, distances = outputs["scores"][0], outputs["distances"][0]
    boxes = decode(scores, distances, point.width, point.height, float(limits.min()))
    boxes = boxes[boxes[:, 4] >= limits[boxes[:, 5].astype(np.intp)]]
    boxes[:, [0, 2]] *= frame.width / point.width
    boxes[:, [1, 3]] *= frame.height / point.height
    cpu_s = (time.thread_time() - cpu_started) * engine.threads
    return Detections(boxes, (time.perf_counter() - started) * 1e3, cpu_s)


def agreement(a: Boxes, b: Boxes) -> float:
    """F1 of one result against another, at an overlap of 0.5, whatever the classes."""
    return match_f1(a, b)
