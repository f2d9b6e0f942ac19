"""A graph's accuracy per regime beside its parent's float graph, on the same frames.

Where the paired 95 % interval of the difference holds 0, the variant is expected to do as its
parent does: a plan that compares both must not pick one for what a few frames made of chance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lamplighter_recipes.building.parent_results import frame_results, parent_results
from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.tasks.evaluator import Infer, class_quality
from lamplighter_recipes.tasks.frame_set import FrameSet, by_regime
from lamplighter_recipes.tasks.resampling import (
    Quality,
    holds_zero,
    interval,
    mean_interval,
    paired_gain,
)

DIGITS = 4


@dataclass(frozen=True)
class ComparedAccuracy:
    """The task's metric at one size in one regime.

    Attributes:
        expected: what to plan with: the parent's where the difference is inside the noise.
        measured: its own, with `interval` (95 %).
        gain_interval: of its own minus the parent's, paired (95 %).
        class_map50: with classes told apart; None where the task has no such metric.
    """

    expected: float
    measured: float
    interval: tuple[float, float]
    gain_interval: tuple[float, float]
    class_map50: float | None = None


@dataclass(frozen=True)
class Comparison:
    """All sizes and regimes of one graph.

    Attributes:
        regimes: size -> regime -> its accuracy.
        headline_interval: size -> 95 % interval of the mean over regimes.
    """

    regimes: dict[str, dict[str, ComparedAccuracy]]
    headline_interval: dict[str, tuple[float, float]]

    def table(self, name: str) -> dict[str, dict[str, Any]]:
        """One field of all accuracies: size -> regime -> value; what is None is left out."""
        return {
            size: {
                regime: value
                for regime, accuracy in row.items()
                if (value := getattr(accuracy, name)) is not None
            }
            for size, row in self.regimes.items()
        }


def compare_results(
    variant: Sequence[Any], parent: Sequence[Any], quality: Quality[Any]
) -> ComparedAccuracy:
    """The accuracy of one graph beside its parent's on the same frames."""
    measured = round(quality(variant), DIGITS)
    _, low, high = paired_gain(variant, parent, quality)
    gain = rounded((low, high))
    expected = round(quality(parent), DIGITS) if holds_zero(gain) else measured
    return ComparedAccuracy(expected, measured, rounded(interval(variant, quality)), gain)


def compare_with_parent(
    infer: Infer, frames: FrameSet, sizes: Iterable[str], parent: Parent
) -> Comparison:
    """Accuracy at every size, beside the parent's."""
    evaluator = parent.evaluator
    comparison = Comparison({}, {})
    for size in sizes:
        variant = by_regime(frame_results(evaluator, infer, frames, size), frames)
        base = by_regime(parent_results(parent, frames, size), frames)
        comparison.headline_interval[size] = rounded(mean_interval(variant, evaluator.quality))
        comparison.regimes[size] = {
            regime: _with_classes(
                compare_results(results, base[regime], evaluator.quality),
                class_quality(evaluator, results),
            )
            for regime, results in variant.items()
        }
    return comparison


def _with_classes(accuracy: ComparedAccuracy, class_map50: float | None) -> ComparedAccuracy:
    if class_map50 is None:
        return accuracy
    return replace(accuracy, class_map50=round(class_map50, DIGITS))


def rounded(values: tuple[float, float]) -> tuple[float, float]:
    """An interval in the digits that are kept."""
    return round(values[0], DIGITS), round(values[1], DIGITS)
