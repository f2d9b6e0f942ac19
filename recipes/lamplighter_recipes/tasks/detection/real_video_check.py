"""How a parent does on real video it has not seen, beside the COCO-trained start."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.tasks.detection import match_f1

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.average_precision import (
    Boxes,
    Matches,
    ap50,
    match,
    tally,
)
from lamplighter_recipes.tasks.detection.labels import Image, LabelledFrame, read_coco
from lamplighter_recipes.tasks.detection.real_video import real_split
from lamplighter_recipes.tasks.detection.training.pseudo_labels import (
    SURE_SCORE,
    detect_at,
    read_video,
)
from lamplighter_recipes.tasks.evaluator import Infer
from lamplighter_recipes.tasks.resampling import interval

AGREEMENT_EVERY = 5


@dataclass(frozen=True)
class Agreement:
    """F1 of a parent's boxes against the start's on unseen frames of one video."""

    video: str
    frames: int
    f1: float
    boxes: float  # per frame, the parent's
    start_boxes: float  # per frame, the start's


@dataclass(frozen=True)
class AgainstLabels:
    """Figures of one detector on the hand-labelled frames."""

    frames: int
    objects: int
    agnostic_ap50: float
    interval: tuple[float, float]
    hits: int
    false_alarms: int
    misses: int
    f1: float


def agreement(
    parent: Infer,
    start: Infer,
    video: Path,
    size: tuple[int, int],
    threshold: float,
) -> Agreement:
    """Compare both at `size` on every fifth frame of the video's unseen part.

    The start speaks from 0.35 on, as in its pseudo-labels, the parent from `threshold` on.
    """
    frames = read_video(video)
    unseen = [frames[index] for index in real_split(len(frames))[1][::AGREEMENT_EVERY]]
    ours = [_above(detect_at(parent, image, size), threshold) for image in unseen]
    theirs = [_above(detect_at(start, image, size), SURE_SCORE) for image in unseen]
    return Agreement(
        video=video.name,
        frames=len(unseen),
        f1=float(np.mean([match_f1(a, b) for a, b in zip(ours, theirs, strict=True)])),
        boxes=float(np.mean([len(boxes) for boxes in ours])),
        start_boxes=float(np.mean([len(boxes) for boxes in theirs])),
    )


def _above(boxes: Boxes, threshold: float) -> Boxes:
    return boxes[boxes[:, 4] >= threshold]


def labelled_frames(labels: Path, videos: Path) -> list[LabelledFrame]:
    """Read hand-made labels whose images name `video` and `frame`.

    Raises:
        RecipeError: when a video is missing or shorter than the labels say.
    """
    entries = {entry["id"]: entry for entry in json.loads(labels.read_text())["images"]}
    cache: dict[str, list[Image]] = {}
    frames = []
    for key, boxes in read_coco(labels).items():
        name, number = entries[key]["video"], int(entries[key]["frame"])
        if name not in cache:
            cache[name] = read_video(videos / name)
        if number >= len(cache[name]):
            raise RecipeError(f"{videos / name} has no frame {number}")
        image = cache[name][number]
        height, width = image.shape[:2]
        frames.append(LabelledFrame(videos / name, width, height, boxes, camera=name, image=image))
    return frames


def against_labels(
    infer: Infer, frames: list[LabelledFrame], size: tuple[int, int], threshold: float
) -> AgainstLabels:
    """Measure a detector on hand-labelled frames, all classes as one."""
    matches: list[Matches] = [
        match(detect_at(infer, frame.rgb(), size), frame.boxes) for frame in frames
    ]
    counted = tally(matches, threshold)
    return AgainstLabels(
        frames=len(frames),
        objects=sum(match.truths for match in matches),
        agnostic_ap50=ap50(matches),
        interval=interval(matches, ap50),
        hits=counted.hits,
        false_alarms=counted.alarms,
        misses=counted.misses,
        f1=counted.f1,
    )


def alarms_at_recall(
    infer: Infer, frames: list[LabelledFrame], size: tuple[int, int], hits: int
) -> tuple[float, int]:
    """The highest threshold with at least so many hits (0 when none has), and its false alarms."""
    matches = [match(detect_at(infer, frame.rgb(), size), frame.boxes) for frame in frames]
    for threshold in np.arange(0.9, 0.04, -0.01).round(2).tolist():
        counted = tally(matches, threshold)
        if counted.hits >= hits:
            return threshold, counted.alarms
    return 0.0, tally(matches, 0.0).alarms


def real_check(
    parent: Infer,
    start: Infer,
    videos: list[Path],
    labels: Path,
    size: tuple[int, int],
    threshold: float,
) -> dict[str, Any]:
    """Everything we know of a parent on real video, as plain data for its card."""
    frames = labelled_frames(labels, videos[0].parent)
    ours = against_labels(parent, frames, size, threshold)
    theirs = against_labels(start, frames, size, SURE_SCORE)
    level, alarms = alarms_at_recall(parent, frames, size, theirs.hits)
    return {
        "size": f"{size[0]}x{size[1]}",
        "threshold": round(threshold, 3),
        "agreement": [asdict(agreement(parent, start, video, size, threshold)) for video in videos],
        "labelled": asdict(ours),
        "start_labelled": asdict(theirs),
        "false_alarm_ratio": ours.false_alarms / max(1, theirs.false_alarms),
        "at_equal_recall": {
            "threshold": level,
            "false_alarms": alarms,
            "false_alarm_ratio": alarms / max(1, theirs.false_alarms),
        },
    }
