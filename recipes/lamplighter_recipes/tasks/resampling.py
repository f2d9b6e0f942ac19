"""How sure a figure over frames is: percentile bootstrap intervals, whatever the figure.

Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

BOOTSTRAP_ROUNDS = 200
SEED = 0  # the same answers give the same interval
PAIRED_ROUNDS = 1000  # a decision hangs on where this interval ends
INTERVAL = (2.5, 97.5)  # percentiles

Result = TypeVar("Result")
Quality = Callable[[Sequence[Result]], float]


def interval(results: Sequence[Result], quality: Quality[Result]) -> tuple[float, float]:
    """95 % interval of the quality when the frames are drawn again."""
    rng = np.random.default_rng(SEED)
    values = [
        quality([results[i] for i in rng.integers(len(results), size=len(results))])
        for _ in range(BOOTSTRAP_ROUNDS)
    ]
    low, high = np.percentile(values, INTERVAL)
    return float(low), float(high)


def mean_interval(
    groups: Mapping[str, Sequence[Result]], quality: Quality[Result]
) -> tuple[float, float]:
    """95 % interval of the mean quality over groups, when the frames of each are drawn again."""
    rng = np.random.default_rng(SEED)
    values = []
    for _ in range(BOOTSTRAP_ROUNDS):
        drawn = [
            [group[i] for i in rng.integers(len(group), size=len(group))]
            for group in groups.values()
        ]
        values.append(float(np.mean([quality(results) for results in drawn])))
    low, high = np.percentile(values, INTERVAL)
    return float(low), float(high)


def paired_gain(
    after: Sequence[Result], before: Sequence[Result], quality: Quality[Result]
) -> tuple[float, float, float]:
    """Quality of `after` minus that of `before` on the same frames, with its 95 % interval.

    Each round draws the same frames for both (paired bootstrap; Koehn, EMNLP 2004), so that what
    makes a frame hard for both cancels.
    """
    rng = np.random.default_rng(SEED)
    values = []
    for _ in range(PAIRED_ROUNDS):
        drawn = rng.integers(len(after), size=len(after))
        values.append(quality([after[i] for i in drawn]) - quality([before[i] for i in drawn]))
    low, high = np.percentile(values, INTERVAL)
    return quality(after) - quality(before), float(low), float(high)


def holds_zero(gain_interval: tuple[float, float]) -> bool:
    """Whether a difference with this interval is inside the noise."""
    low, high = gain_interval
    return low <= 0.0 <= high
