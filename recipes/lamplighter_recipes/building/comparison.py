"""A graph's accuracy per regime beside its parent's float graph, on the same frames.

Where the paired 95 % interval of the difference holds 0, the variant is expected to do as its
parent does: a plan that compares both must not pick one for what a few frames made of chance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lamplighter_recipes.building.parent_results import frame_results, parent_results
from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.tasks.evaluator import Infer
from lamplighter_recipes.tasks.frame_set import FrameSet, by_regime
from lamplighter_recipes.tasks.resampling import Quality, holds_zero, interval, paired_gain


@dataclass(frozen=True)
class ComparedAccuracy:
    """The task's metric at one size in one regime.

    Attributes:
        expected: what to plan with: the parent's where the difference is inside the noise.
        measured: its own, with `interval` (95 %).
        gain_interval: of its own minus the parent's, paired (95 %).
    """

    expected: float
    measured: float
    interval: tuple[float, float]
    gain_interval: tuple[float, float]


Comparison = dict[str, dict[str, ComparedAccuracy]]  # size -> regime


def compare_results(
    variant: Sequence[Any], parent: Sequence[Any], quality: Quality[Any]
) -> ComparedAccuracy:
    """The accuracy of one graph beside its parent's on the same frames."""
    measured = round(quality(variant), 4)
    _, low, high = paired_gain(variant, parent, quality)
    gain = round(low, 4), round(high, 4)
    expected = round(quality(parent), 4) if holds_zero(gain) else measured
    low, high = interval(variant, quality)
    return ComparedAccuracy(expected, measured, (round(low, 4), round(high, 4)), gain)


def compare_with_parent(
    infer: Infer, frames: FrameSet, sizes: Iterable[str], parent: Parent
) -> Comparison:
    """Accuracy at every size, beside the parent's."""
    comparison: Comparison = {}
    evaluator = parent.evaluator
    for size in sizes:
        variant = by_regime(frame_results(evaluator, infer, frames, size), frames)
        base = by_regime(parent_results(parent, frames, size), frames)
        comparison[size] = {
            regime: compare_results(results, base[regime], evaluator.quality)
            for regime, results in variant.items()
        }
    return comparison


def table_of(comparison: Comparison, name: str) -> dict[str, dict[str, Any]]:
    """One field of all accuracies: size -> regime -> value."""
    return {
        size: {regime: getattr(accuracy, name) for regime, accuracy in row.items()}
        for size, row in comparison.items()
    }
