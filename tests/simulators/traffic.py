"""Boxes of objects that drive, and the tracks that come of them."""

from collections.abc import Iterable, Sequence

import numpy as np
from lamplighter_agent.perception.tracking import Tracker, Tracks
from lamplighter_wire.tasks.task import Answer

WIDTH, HEIGHT = 640, 480


def box(
    x: float, y: float, w: float = 40, h: float = 30, score: float = 0.9, kind: int = 0
) -> list[float]:
    """A detection around a centre."""
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2, score, kind]


def boxes(*rows: Sequence[float]) -> Answer:
    """Detections as a network gives them; none without rows."""
    return np.array(rows, np.float32).reshape(-1, 6)


def drive(
    tracker: Tracker,
    path: Iterable[Sequence[Sequence[float]]],
    fps: float = 10.0,
    start: float = 0.0,
) -> list[Tracks]:
    """Tracks after each of the given lists of detections."""
    return [tracker.update(boxes(*rows), start + k / fps) for k, rows in enumerate(path)]
