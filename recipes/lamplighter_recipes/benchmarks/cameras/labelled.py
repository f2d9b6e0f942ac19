"""A variant on labelled pictures of one device's cameras, regime by regime."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lamplighter_wire.rules.sizes import parse_size

from lamplighter_recipes.benchmarks.cameras.parts import Answers, parts_of
from lamplighter_recipes.building.build import Built, Progress
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.average_precision import Boxes, ap50, match
from lamplighter_recipes.tasks.detection.evaluator import DetectionEvaluator, evaluator_reading
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_recipes.tasks.evaluator import Infer, answer_to
from lamplighter_recipes.tasks.frame_set import FrameSet, bilinear, by_regime
from lamplighter_recipes.tasks.resampling import interval

DIGITS = 4


@dataclass(frozen=True)
class MeasuredPoint:
    """Of a variant at a size in a regime; `low` and `high` bound AP50 at 95 %."""

    variant: str
    size: str
    regime: str
    ap50: float
    low: float
    high: float
    pictures: int
    objects: int
    count_error: float


def measured_points(
    built: Built, frames: FrameSet, progress: Progress = lambda _share, _stage: None
) -> Iterator[MeasuredPoint]:
    """Of a built variant at each of its sizes."""
    evaluator = evaluator_reading(built.card.decoder)
    infer = find_runtime(built.card.runtime).open(Path(built.artifact), evaluator.task.tensors)
    one_camera = [_of_no_camera(frame) for frame in frames]
    for number, size in enumerate(built.card.sizes):
        boxes = []
        for seen, frame in enumerate(frames):
            progress((number + seen / len(frames)) / len(built.card.sizes), f"at {size}")
            boxes.append(_boxes(infer, evaluator, frame, size))
        yield from _at(built, size, one_camera, boxes)


def _at(
    built: Built, size: str, frames: Sequence[LabelledFrame], boxes: Sequence[Boxes]
) -> Iterator[MeasuredPoint]:
    point = built.card.recipe, size
    matches = by_regime(
        [match(found, frame.boxes) for found, frame in zip(boxes, frames, strict=True)], frames
    )
    for part in parts_of(frames, {point: Answers(boxes, built.card.thresholds)}):
        low, high = interval(matches[part.regime], ap50)
        yield MeasuredPoint(
            variant=built.card.id,
            size=size,
            regime=part.regime,
            ap50=round(part.points[point].ap50, DIGITS),
            low=round(low, DIGITS),
            high=round(high, DIGITS),
            pictures=part.pictures,
            objects=part.objects,
            count_error=round(part.points[point].count_error, DIGITS),
        )


def _of_no_camera(frame: LabelledFrame) -> LabelledFrame:
    """All pictures are of one device."""
    return LabelledFrame(frame.path, frame.width, frame.height, frame.boxes, frame.regime)


def _boxes(infer: Infer, evaluator: DetectionEvaluator, frame: LabelledFrame, size: str) -> Boxes:
    width, height = parse_size(size)
    answer = answer_to(evaluator, infer, bilinear(frame, width, height))
    boxes: Boxes = evaluator.task.scaled(answer, frame.width / width, frame.height / height)
    return boxes
