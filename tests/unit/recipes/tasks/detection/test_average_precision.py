"""Average precision and thresholds."""

import numpy as np
from lamplighter_recipes.tasks.detection.average_precision import (
    ap50,
    best_threshold,
    match,
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


def test_the_threshold_parts_hits_from_false_alarms() -> None:
    pictures = [match(_boxes(HIT, MISS), TRUTH)]
    chosen = best_threshold(pictures)
    assert 0.6 < chosen < 0.9
    assert tally(pictures, chosen).f1 == 1.0
