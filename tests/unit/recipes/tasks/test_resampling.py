"""Intervals of figures over frames."""

from collections.abc import Sequence

import numpy as np
from lamplighter_recipes.tasks.resampling import interval, paired_gain


def accuracy(results: Sequence[bool]) -> float:
    return float(np.mean(results))


def test_interval_holds_the_value_and_is_the_same_again() -> None:
    results = [True, False] * 10
    low, high = interval(results, accuracy)
    assert low <= accuracy(results) <= high
    assert (low, high) == interval(results, accuracy)


def test_a_paired_gain_of_equal_answers_is_nothing() -> None:
    results = [True, False] * 5
    assert paired_gain(results, results, accuracy) == (0.0, 0.0, 0.0)


def test_pairs_see_what_intervals_side_by_side_do_not() -> None:
    """Both miss the same half, and the worse one a tenth more."""
    better = ([True] * 5 + [False] * 5) * 10
    worse = ([True] * 4 + [False] * 6) * 10
    assert interval(worse, accuracy)[1] > interval(better, accuracy)[0]
    gain, low, high = paired_gain(worse, better, accuracy)
    assert low <= gain <= high < 0
