"""What follows from heights: whom boxes stand for, and which average precision."""

import numpy as np
import pytest
from lamplighter_recipes.tasks.detection.average_precision import Matches, ap50
from lamplighter_wire.street.camera_figures import ALL, HeightCurve
from lamplighter_wire.street.height_curves import (
    CELLS,
    LEAST_SEEN,
    LEVELS,
    ap50_over,
    levels_of,
    rates_in,
    road_users,
)

from tests.simulators.height_worlds import LOW, TALL, boxes, curve


def users(low: float, tall: float) -> np.ndarray:
    return np.array(boxes(low, tall), float)  # type: ignore[arg-type]


def test_boxes_are_taken_for_as_many_road_users_as_show_so_many() -> None:
    rates = rates_in({ALL: curve(0.2, 0.8)}, "day-dry-free")
    there = road_users(rates, users(20, 80), 0.5)
    assert there[LOW] == pytest.approx(100, rel=0.02)
    assert there[TALL] == pytest.approx(100, rel=0.02)


def test_below_the_score_of_alarms_boxes_stand_for_fewer() -> None:
    rates = rates_in({ALL: curve(0.5, 0.5, alarms=500)}, "")
    assert road_users(rates, users(0, 100), 0.05)[TALL] == pytest.approx(100, rel=0.02)
    assert road_users(rates, users(0, 100), 0.5)[TALL] == pytest.approx(200, rel=0.02)


def test_what_is_hardly_ever_seen_is_not_multiplied_without_end() -> None:
    rates = rates_in({ALL: curve(0.0, 0.9)}, "")
    assert road_users(rates, users(3, 0), 0.5)[LOW] == pytest.approx(3 / LEAST_SEEN)


def test_the_average_precision_is_that_of_boxes_drawn_at_these_rates() -> None:
    """Of another mix of heights than the one that was measured."""
    rng = np.random.default_rng(1)
    measured = curve(0.4, 0.9, alarms=300)
    expected = ap50_over(rates_in({ALL: measured}, ""), users(3000, 1000))
    scores, hits = [], []
    for number, amount in ((LOW, 3000), (TALL, 1000)):
        for name, rows in (("hits", measured.hits), ("alarms", measured.alarms)):
            shares = np.array(rows[number]) / 1000
            drawn = rng.poisson(shares * amount)
            for level, count in zip(LEVELS, drawn, strict=True):
                scores.append(rng.uniform(level, level + 0.05, count))
                hits.append(np.full(count, name == "hits"))
    matches = Matches(np.concatenate(scores).astype(np.float32), np.concatenate(hits), 4000)
    assert expected == pytest.approx(ap50([matches]), abs=0.02)
    assert expected < ap50_over(rates_in({ALL: measured}, ""), users(1000, 3000))


def test_nobody_is_nothing_to_find() -> None:
    assert ap50_over(rates_in({ALL: curve(0.4, 0.9)}, ""), users(0, 0)) == 0.0


def test_a_regime_counts_by_itself_where_it_was_measured_and_leans_on_all_where_it_was_not() -> (
    None
):
    curves = {ALL: curve(0.4, 0.9), "night-dry-free": curve(0.1, 0.5)}
    night, jam = rates_in(curves, "night-dry-free"), rates_in(curves, "day-dry-jam")
    assert night.found[TALL].sum() == pytest.approx(0.5, abs=0.02)
    assert jam.found[TALL].sum() == pytest.approx(0.9, abs=0.01)
    few = {ALL: curve(0.4, 0.9), "night-dry-free": curve(0.0, 0.0, truths=30, alarms=0)}
    assert rates_in(few, "night-dry-free").found[TALL].sum() == pytest.approx(0.45, abs=0.02)


def test_a_height_that_nobody_had_is_as_the_nearest_one() -> None:
    rates = rates_in({ALL: curve(0.4, 0.9)}, "")
    assert rates.found[TALL + 2].sum() == rates.found[TALL].sum()
    assert rates.found[0].sum() == rates.found[LOW].sum()
    empty = HeightCurve(
        truths=[0] * CELLS,
        hits=np.zeros((CELLS, len(LEVELS)), int).tolist(),
        alarms=np.zeros((CELLS // 2, len(LEVELS)), int).tolist(),
    )
    assert rates_in({ALL: empty}, "").found.sum() == 0


def test_levels_hold_the_scores_from_their_edge_on() -> None:
    scores = np.array([0.01, 0.05, 0.099, 0.1, 0.951, 1.0], np.float32)
    assert levels_of(scores).tolist() == [0, 0, 0, 1, 18, 18]
