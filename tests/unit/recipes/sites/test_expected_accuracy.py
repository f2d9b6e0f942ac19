"""From one quality for each size to a table over regimes."""

import pytest
from lamplighter_recipes.sites.expected_accuracy import spread

CITY = {"day": 0.9, "night": 0.6}


def test_agreement_is_a_share_of_what_the_teacher_reaches() -> None:
    table = spread({"384x288": 0.8, "512x384": 1.0}, CITY, by_labels=False)
    assert table == {
        "384x288": {"day": 0.72, "night": 0.48},
        "512x384": {"day": 0.9, "night": 0.6},
    }


def test_a_measured_quality_stays_the_mean_over_regimes() -> None:
    (row,) = spread({"384x288": 0.6}, CITY, by_labels=True).values()
    assert sum(row.values()) / len(row) == pytest.approx(0.6)
    assert row["day"] > row["night"]
