"""Which boxes a street is counted by."""

import pytest
from lamplighter_wire.street.counting_boxes import LEAST_SCORE, counting_score

TABLED = {"": 0.4, "night-dry-free": 0.3}


@pytest.mark.parametrize(
    ("thresholds", "regime", "score"),
    [
        (TABLED, "night-dry-free", 0.2),
        (TABLED, "day-dry-jam", 0.3),
        ({}, "day-dry-jam", 0.25),
        ({"": 0.1}, "day-dry-jam", LEAST_SCORE),
    ],
)
def test_it_lies_below_the_score_that_boxes_are_shown_by(thresholds, regime, score):
    assert counting_score(thresholds, regime, 0.35) == pytest.approx(score)
