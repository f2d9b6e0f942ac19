"""Average precision, intervals and thresholds."""

import numpy as np
from lamplighter_recipes.tasks.detection.average_precision import (
    Matches,
    ap50,
    best_threshold,
    interval,
    match,
    paired_gain,
    tally,
)
from numpy.typing import NDArray


def _boxes(*rows: tuple[float, ...]) -> NDArray[np.float32]:
    return np.array(rows, np.float32).reshape(-1, 6)


HIT = (10.0, 10.0, 50.0, 50.0, 0.9, 0.0)
MISS = (100.0, 100.0, 140.0, 140.0, 0.6, 0.0)
TRUTH = np.array([[10, 10, 50, 50, 0]], np.float32)
NONE = np.zeros((0, 5), np.float32)


def test_all_found_is_one_and_nothing_found_is_zero() -> None:
    assert ap50([match(_boxes(HIT), TRUTH)]) == 1.0
    assert ap50([match(_boxes(), TRUTH)]) == 0.0
    assert ap50([match(_boxes(MISS), NONE)]) == 0.0


def test_a_false_alarm_below_all_hits_costs_nothing_and_one_above_halves() -> None:
    assert ap50([match(_boxes(HIT, MISS), TRUTH)]) == 1.0
    loud = (*MISS[:4], 0.95, 0.0)
    assert ap50([match(_boxes(HIT, loud), TRUTH)]) == 0.5


def test_a_label_is_found_once() -> None:
    twice = match(_boxes(HIT, (*HIT[:4], 0.8, 0.0)), TRUTH)
    assert twice.hits.tolist() == [True, False]


def test_interval_holds_the_value_and_is_the_same_again() -> None:
    pictures = [match(_boxes(HIT), TRUTH), match(_boxes(MISS), TRUTH)] * 10
    low, high = interval(pictures)
    assert low <= ap50(pictures) <= high
    assert (low, high) == interval(pictures)


def test_the_threshold_parts_hits_from_false_alarms() -> None:
    pictures = [match(_boxes(HIT, MISS), TRUTH)]
    chosen = best_threshold(pictures)
    assert 0.6 < chosen < 0.9
    assert tally(pictures, chosen).f1 == 1.0


def _pictures(found: list[bool]) -> list[Matches]:
    """One object each, hit or overlooked."""
    return [match(_boxes(HIT) if hit else _boxes(MISS), TRUTH) for hit in found]


def test_a_paired_gain_of_equal_answers_is_nothing() -> None:
    pictures = _pictures([True, False] * 5)
    assert paired_gain(pictures, pictures) == (0.0, 0.0, 0.0)


def test_pairs_see_what_intervals_side_by_side_do_not() -> None:
    """Both miss the same half, and the worse one a tenth more."""
    better = _pictures(([True] * 5 + [False] * 5) * 10)
    worse = _pictures(([True] * 4 + [False] * 6) * 10)
    assert interval(worse)[1] > interval(better)[0]
    gain, low, high = paired_gain(worse, better)
    assert low <= gain <= high < 0
