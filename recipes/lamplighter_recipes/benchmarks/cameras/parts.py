"""What every point answers in one regime before one camera, beside labels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from lamplighter_wire.street.camera_figures import HeightCurve
from lamplighter_wire.street.height_curves import Floats
from lamplighter_wire.street.object_heights import count_heights
from lamplighter_wire.tasks.detection import DEFAULT_THRESHOLD, match_f1

from lamplighter_recipes.benchmarks.height_curves import height_curve
from lamplighter_recipes.tasks.detection.average_precision import IGNORE, Boxes, ap50, match
from lamplighter_recipes.tasks.detection.labels import LabelledFrame

# A recipe's name and a size.
Point = tuple[str, str]


@dataclass(frozen=True)
class Answers:
    """Of a point to frames: all boxes [n, 6] of each, and its score thresholds by regime."""

    boxes: Sequence[Boxes]
    thresholds: Mapping[str, float]

    def threshold(self, regime: str) -> float:
        """In force in a regime."""
        return self.thresholds.get(regime, self.thresholds.get("", DEFAULT_THRESHOLD))


@dataclass(frozen=True)
class PointPart:
    """Of one point.

    Attributes:
        seen: boxes at its threshold, by cell.
        count_error: sum over pictures of |boxes - objects|, over all objects.
    """

    ap50: float
    curve: HeightCurve
    seen: Floats
    threshold: float
    count_error: float


@dataclass(frozen=True)
class Part:
    """Of one camera in one regime; `agreements`: F1 of all boxes, by two points."""

    camera: str
    regime: str
    pictures: int
    objects: int
    points: Mapping[Point, PointPart]
    agreements: Mapping[tuple[Point, Point], float]


def parts_of(
    frames: Sequence[LabelledFrame], answers: Mapping[Point, Answers], city: str = ""
) -> list[Part]:
    """One for each camera and regime of the frames. `city`: before the cameras' names."""
    places: dict[tuple[str, str], list[int]] = {}
    for number, frame in enumerate(frames):
        camera = "/".join(filter(None, (city, frame.camera)))
        places.setdefault((camera, frame.regime), []).append(number)
    return [_part(*key, frames, numbers, answers) for key, numbers in sorted(places.items())]


def _part(
    camera: str,
    regime: str,
    frames: Sequence[LabelledFrame],
    numbers: Sequence[int],
    answers: Mapping[Point, Answers],
) -> Part:
    chosen = [frames[number] for number in numbers]
    boxes = {point: [one.boxes[number] for number in numbers] for point, one in answers.items()}
    served = {
        point: [found[found[:, 4] >= answers[point].threshold(regime)] for found in boxes[point]]
        for point in answers
    }
    return Part(
        camera=camera,
        regime=regime,
        pictures=len(chosen),
        objects=sum(_objects(chosen)),
        points={
            point: _of_point(found, served[point], chosen, answers[point].threshold(regime))
            for point, found in boxes.items()
        },
        agreements={
            (one, other): _agreement(served[one], served[other])
            for one in answers
            for other in answers
            if one != other
        },
    )


def _of_point(
    boxes: Sequence[Boxes],
    served: Sequence[Boxes],
    frames: Sequence[LabelledFrame],
    threshold: float,
) -> PointPart:
    matches = [match(found, frame.boxes) for found, frame in zip(boxes, frames, strict=True)]
    counts = [
        count_heights(found, frame.height) for found, frame in zip(served, frames, strict=True)
    ]
    objects = _objects(frames)
    wrong = sum(abs(len(found) - real) for found, real in zip(served, objects, strict=True))
    return PointPart(
        ap50=ap50(matches),
        curve=height_curve(boxes, frames),
        seen=np.sum([np.concatenate(both) for both in counts], axis=0).astype(float),
        threshold=threshold,
        count_error=wrong / max(sum(objects), 1),
    )


def _objects(frames: Iterable[LabelledFrame]) -> list[int]:
    return [int((frame.boxes[:, 4] != IGNORE).sum()) for frame in frames]


def _agreement(one: Sequence[Boxes], other: Sequence[Boxes]) -> float:
    """F1 over all pictures: each counts by its boxes."""
    boxes = [len(a) + len(b) for a, b in zip(one, other, strict=True)]
    agreed = [match_f1(a, b) for a, b in zip(one, other, strict=True)]
    return float(np.average(agreed, weights=boxes)) if any(boxes) else 1.0
