"""Accuracy of a detector on labelled pictures, per regime, whatever runtime computed it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from lamplighter_wire.tasks.detection import decode
from numpy.typing import NDArray

from lamplighter_recipes.tasks.detection.augmentation import resize
from lamplighter_recipes.tasks.detection.average_precision import (
    Boxes,
    Matches,
    ap50,
    best_threshold,
    interval,
    match,
    tally,
)
from lamplighter_recipes.tasks.detection.labels import Sample
from lamplighter_recipes.tasks.detection.metrics import class_ap50, count_error

OVERALL = "all"
DEFAULT_THRESHOLD = 0.35
Infer = Callable[
    [NDArray[np.uint8]], tuple[NDArray[np.float32], NDArray[np.float32]]
]  # images [N,H,W,3] -> scores [N,A,7], distances [N,A,4]


@dataclass(frozen=True)
class Figures:
    """Accuracy over a set of pictures; AP in 0..1, interval at 95 % over pictures."""

    frames: int
    agnostic_ap50: float
    interval: tuple[float, float]
    class_ap50: dict[str, float]
    threshold: float
    f1: float
    count_mae: float
    mean_count: float


@dataclass(frozen=True)
class Evaluation:
    """Figures of all pictures together and of each regime ("day-dry-free" …)."""

    overall: Figures
    regimes: dict[str, Figures]

    def to_json(self) -> dict[str, Any]:
        """Plain data, rounded to four digits."""
        return rounded(
            {OVERALL: asdict(self.overall)} | {k: asdict(v) for k, v in self.regimes.items()}
        )


def rounded(value: Any) -> Any:
    """The same plain data with floats of four digits."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value


def predict(infer: Infer, samples: list[Sample], size: tuple[int, int]) -> list[Boxes]:
    """Boxes [n,6] in each picture's own pixels, computed at ``size`` (width, height)."""
    width, height = size
    found = []
    for sample in samples:
        image, _ = resize(sample.rgb(), sample.boxes, width, height)
        scores, distances = infer(image[None])
        boxes = decode(scores[0], distances[0], width, height)
        boxes[:, [0, 2]] *= sample.width / width
        boxes[:, [1, 3]] *= sample.height / height
        found.append(boxes)
    return found


def torch_infer(detector: torch.nn.Module) -> Infer:
    """Adapter from a torch detector to :data:`Infer`."""

    @torch.no_grad()
    def infer(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        scores, distances = detector(torch.from_numpy(images))
        return scores.numpy(), distances.numpy()

    return infer


def choose_thresholds(predictions: list[Boxes], samples: list[Sample]) -> dict[str, float]:
    """Best-F1 score threshold per regime (and overall); use data that is not reported on."""
    matches = _matches(predictions, samples)
    chosen = {OVERALL: best_threshold(matches)}
    for regime, places in _by_regime(samples).items():
        chosen[regime] = best_threshold([matches[i] for i in places])
    return chosen


def evaluate_predictions(
    predictions: list[Boxes], samples: list[Sample], thresholds: dict[str, float] | None = None
) -> Evaluation:
    """Measure predictions against labels.

    Args:
        predictions: per picture [n,6] in its pixels.
        samples: the labelled pictures, in the same order.
        thresholds: per regime, from :func:`choose_thresholds` on other data; a regime that is
            missing takes "all", else 0.35.
    """
    limits = thresholds or {}
    fallback = limits.get(OVERALL, DEFAULT_THRESHOLD)
    per_frame = [limits.get(sample.regime, fallback) for sample in samples]
    matches = _matches(predictions, samples)
    truths = [sample.boxes for sample in samples]

    def figures(places: list[int], threshold: float) -> Figures:
        chosen = [matches[i] for i in places]
        counted = tally(chosen, threshold)
        return Figures(
            frames=len(places),
            agnostic_ap50=ap50(chosen),
            interval=interval(chosen),
            class_ap50=class_ap50([predictions[i] for i in places], [truths[i] for i in places]),
            threshold=threshold,
            f1=counted.f1,
            count_mae=count_error(chosen, [per_frame[i] for i in places]),
            mean_count=float(np.mean([match.truths for match in chosen])),
        )

    groups = _by_regime(samples)
    regimes = {regime: figures(p, limits.get(regime, fallback)) for regime, p in groups.items()}
    return Evaluation(figures(list(range(len(samples))), fallback), regimes)


def _matches(predictions: list[Boxes], samples: list[Sample]) -> list[Matches]:
    pairs = zip(predictions, samples, strict=True)
    return [match(found, sample.boxes) for found, sample in pairs]


def _by_regime(samples: list[Sample]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for index, sample in enumerate(samples):
        groups.setdefault(sample.regime, []).append(index)
    return {regime: groups[regime] for regime in sorted(groups) if regime}
