"""Streaming accuracy: every frame of a camera is judged by what is known when it is shown.

Li, Wang & Ramanan, Towards Streaming Perception, ECCV 2020: the answer to a frame is the newest one
that was ready by then, however old; so latency and frame rate cost accuracy, and a fast network may
beat a better one. Between answers boxes are carried forward at constant velocity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from lamplighter_wire.tasks.detection import iou_matrix
from numpy.typing import NDArray

from lamplighter_recipes.tasks.detection.average_precision import Boxes, Matches, match

LEAST_OVERLAP = 0.1  # of a box carried forward with the answer that it becomes
GATE = 1.0  # longer sides of a box that it may have jumped, where nothing overlaps


@dataclass(frozen=True)
class Carried:
    """Boxes [n, 6] of one answer, the time of its frame, and velocities [n, 2] in pixels/s."""

    time_s: float
    boxes: Boxes
    velocities: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))

    def at(self, time_s: float) -> Boxes:
        """The boxes where they should be by then."""
        moved = self.boxes.copy()
        step = (self.velocities * (time_s - self.time_s)).astype(np.float32)
        moved[:, [0, 1]] += step
        moved[:, [2, 3]] += step
        return moved


def follow(before: Carried | None, time_s: float, boxes: Boxes) -> Carried:
    """An answer with the velocities that the one before it gives to its boxes."""
    velocities = np.zeros((len(boxes), 2))
    if before is not None and len(before.boxes) and len(boxes):
        elapsed_s = time_s - before.time_s
        for old, new in _pairs(before.at(time_s), boxes):
            velocities[new] = (_centres(boxes)[new] - _centres(before.boxes)[old]) / elapsed_s
    return Carried(time_s, boxes, velocities)


def _centres(boxes: Boxes) -> NDArray[np.float64]:
    return np.asarray((boxes[:, :2] + boxes[:, 2:4]) / 2, np.float64)


def _pairs(old: Boxes, new: Boxes) -> list[tuple[int, int]]:
    """Indices of boxes that are one object: the nearest first, each once."""
    overlap = iou_matrix(old, new)
    distance = np.linalg.norm(_centres(old)[:, None] - _centres(new)[None], axis=-1)
    reach = GATE * (old[:, 2:4] - old[:, :2]).max(axis=1)
    cost = np.where(overlap >= LEAST_OVERLAP, -overlap, distance / np.maximum(reach, 1.0)[:, None])
    pairs: list[tuple[int, int]] = []
    for flat in np.argsort(cost, axis=None):
        i, j = (int(index) for index in np.unravel_index(flat, cost.shape))
        if cost[i, j] > 1.0:
            break
        if all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
    return pairs


def streamed(
    answers: Mapping[int, Boxes],
    frames: int,
    fps: float,
    latency_s: float,
    *,
    carry: bool = True,
) -> list[Boxes]:
    """What is known at each of a camera's frames.

    Args:
        answers: frame -> boxes [n, 6], of the frames that are run.
        frames: how many the camera shows, at `fps`.
        latency_s: from a frame to its answer.
        carry: move the boxes on; otherwise they stay where they were.
    """
    shown: list[Boxes] = []
    newest: Carried | None = None
    waiting = sorted(answers)
    for number in range(frames):
        now_s = number / fps
        while waiting and waiting[0] / fps + latency_s <= now_s + 1e-9:
            frame = waiting.pop(0)
            newest = follow(newest, frame / fps, answers[frame])
        if newest is None:
            shown.append(np.zeros((0, 6), np.float32))
        else:
            shown.append(newest.at(now_s) if carry else newest.boxes)
    return shown


def frames_run(frames: int, fps: float, rate_fps: float, latency_s: float) -> list[int]:
    """Which frames of a camera a network takes at a rate; none while it is busy."""
    chosen: list[int] = []
    due_s = free_s = 0.0
    for number in range(frames):
        now_s = number / fps
        if now_s + 1e-9 >= max(due_s, free_s):
            chosen.append(number)
            due_s, free_s = max(due_s + 1 / rate_fps, now_s), now_s + latency_s
    return chosen


def streaming_matches(shown: Sequence[Boxes], truths: Sequence[Boxes]) -> list[Matches]:
    """Every frame's boxes beside its labels, all classes as one."""
    return [match(boxes, truth) for boxes, truth in zip(shown, truths, strict=True)]
