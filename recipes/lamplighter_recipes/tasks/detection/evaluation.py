"""Accuracy of a detector on labelled frames, per regime, whatever runtime computed it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from lamplighter_wire.rules.regimes import ANY
from lamplighter_wire.tasks.detection import DEFAULT_THRESHOLD, DETECTION
from lamplighter_wire.tasks.task import Task

from lamplighter_recipes.tasks.detection.average_precision import (
    Boxes,
    Matches,
    ap50,
    best_threshold,
    match_classes,
    tally,
)
from lamplighter_recipes.tasks.detection.labels import Image, LabelledFrame
from lamplighter_recipes.tasks.detection.metrics import class_ap50, class_map50, count_error
from lamplighter_recipes.tasks.evaluator import Infer
from lamplighter_recipes.tasks.frame_set import by_regime
from lamplighter_recipes.tasks.resampling import interval, mean_interval

OVERALL = ""  # key of what holds over all regimes
LEAST_SCORE = 0.05  # boxes below this move no figure
# A frame's picture, uint8 [H,W,3], at a width and height.
Resize = Callable[[LabelledFrame, int, int], Image]


@dataclass(frozen=True)
class Figures:
    """Accuracy over a set of frames; AP in 0..1, interval at 95 % over frames.

    Over frames of several regimes `agnostic_ap50` and `class_map50` are means over the regimes.
    """

    frames: int
    agnostic_ap50: float
    interval: tuple[float, float]
    class_ap50: dict[str, float]
    class_map50: float
    threshold: float
    f1: float
    count_mae: float
    mean_count: float


Evaluation = dict[str, Figures]  # by regime ("day-dry-free" …), and OVERALL


def detect(infer: Infer, image: Image, task: Task = DETECTION) -> Boxes:
    """Boxes [n,6] (x1,y1,x2,y2,score,class) in pixels of one picture [H,W,3].

    `task` reads the network's outputs.
    """
    height, width = image.shape[:2]
    outputs = {name: values[0] for name, values in infer(image[None]).items()}
    return task.decode(outputs, width, height, {ANY: LEAST_SCORE})


def scaled(boxes: Boxes, across: float, down: float) -> Boxes:
    """Boxes [n,≥4] with x and y stretched by these factors."""
    result = boxes.copy()
    result[:, [0, 2]] *= across
    result[:, [1, 3]] *= down
    return result


def predict(
    infer: Infer, frames: Iterable[LabelledFrame], size: tuple[int, int], resize: Resize
) -> list[Boxes]:
    """Boxes [n,6] in each frame's own pixels, computed at `size` (width, height)."""
    width, height = size
    return [
        scaled(
            detect(infer, resize(frame, width, height)), frame.width / width, frame.height / height
        )
        for frame in frames
    ]


def match_frames(predictions: Iterable[Boxes], frames: Iterable[LabelledFrame]) -> list[Matches]:
    """Predictions against labels, frame by frame."""
    pairs = zip(predictions, frames, strict=True)
    return [match_classes(boxes, frame.boxes) for boxes, frame in pairs]


def choose_thresholds(matches: list[Matches], frames: Iterable[LabelledFrame]) -> dict[str, float]:
    """Best-F1 score threshold per regime and overall; use data that is not reported on."""
    return {OVERALL: best_threshold(matches)} | {
        regime: best_threshold(group) for regime, group in by_regime(matches, frames).items()
    }


@dataclass(frozen=True)
class _Outcome:
    """One frame's matches, and the threshold of its regime."""

    matches: Matches
    threshold: float


def evaluate(
    predictions: Sequence[Boxes],
    frames: Sequence[LabelledFrame],
    thresholds: Mapping[str, float] | None = None,
) -> Evaluation:
    """Measure predictions against labels.

    Args:
        predictions: per frame [n,6] in its pixels.
        frames: the labelled frames, in the same order.
        thresholds: per regime, from `choose_thresholds` on other data; a regime that is missing
            takes that over all regimes, else 0.35.
    """
    limits = thresholds or {}
    fallback = limits.get(OVERALL, DEFAULT_THRESHOLD)
    matches = match_frames(predictions, frames)
    outcomes = [
        _Outcome(frame_matches, limits.get(frame.regime, fallback))
        for frame, frame_matches in zip(frames, matches, strict=True)
    ]
    groups = by_regime(outcomes, frames)
    regimes = {
        regime: _figures(group, limits.get(regime, fallback)) for regime, group in groups.items()
    }
    overall = _figures(outcomes, fallback)
    return {OVERALL: _headline(overall, groups) if groups else overall} | regimes


def _headline(overall: Figures, groups: Mapping[str, Sequence[_Outcome]]) -> Figures:
    """Figures over all frames, with average precisions that count each regime alike."""
    matches = {regime: [one.matches for one in group] for regime, group in groups.items()}
    return replace(
        overall,
        agnostic_ap50=float(np.mean([ap50(group) for group in matches.values()])),
        interval=mean_interval(matches, ap50),
        class_map50=float(np.mean([class_map50(group) for group in matches.values()])),
    )


def _figures(outcomes: list[_Outcome], threshold: float) -> Figures:
    matches = [outcome.matches for outcome in outcomes]
    return Figures(
        frames=len(outcomes),
        agnostic_ap50=ap50(matches),
        interval=interval(matches, ap50),
        class_ap50=class_ap50(matches),
        class_map50=class_map50(matches),
        threshold=threshold,
        f1=tally(matches, threshold).f1,
        count_mae=count_error(matches, [outcome.threshold for outcome in outcomes]),
        mean_count=float(np.mean([frame.truths for frame in matches])),
    )


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Plain data, rounded to four digits."""
    return {regime: rounded(asdict(figures)) for regime, figures in evaluation.items()}


def rounded(value: Any) -> Any:
    """The same plain data with floats of four digits."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value
