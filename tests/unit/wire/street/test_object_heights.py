"""Heights of road users as shares of the picture, in bins, and who is covered by others."""

import numpy as np
import pytest
from lamplighter_wire.street.object_heights import (
    BINS,
    EDGES,
    are_covered,
    count_heights,
    height_bins,
    typical_share,
)

from tests.simulators.traffic import boxes


def of_height(*heights_px: float) -> np.ndarray:
    """Boxes beside each other, none over another."""
    return np.array([(100 * k, 50, 100 * k + 40, 50 + h) for k, h in enumerate(heights_px)], "f4")


def test_bins_are_shares_of_the_picture_whatever_its_size() -> None:
    shares = [0.01, 0.02, 0.1, 0.9]
    small = height_bins(of_height(*(100 * s for s in shares)), 100)
    large = height_bins(of_height(*(1080 * s for s in shares)), 1080)
    assert small.tolist() == large.tolist() == [0, 1, 6, BINS - 1]


def test_each_bin_holds_the_height_that_stands_for_it() -> None:
    middles = [typical_share(number) for number in range(BINS)]
    assert height_bins(of_height(*middles), 1.0).tolist() == list(range(BINS))
    assert middles[5] / middles[3] == pytest.approx(2.0)
    assert all(middles[k] < EDGES[k] for k in range(BINS - 1))


def test_who_shares_area_with_another_is_covered_and_a_small_one_does_not_cover_a_large_one() -> (
    None
):
    large, behind, apart, touching = (
        (0, 0, 100, 100),
        (90, 0, 120, 20),
        (300, 0, 320, 20),
        (100, 0, 130, 30),
    )
    found = are_covered(np.array([large, behind, apart, touching], "f4"))
    assert found.tolist() == [False, True, False, True]


def test_all_boxes_are_counted_once_and_no_boxes_are_none() -> None:
    free, covered = count_heights(np.array([(0, 0, 10, 48), (2, 0, 12, 48)], "f4"), 480)
    assert (free.sum(), covered.sum(), covered[6]) == (0, 2, 2)
    free, covered = count_heights(boxes(), 480)
    assert (len(free), free.sum(), covered.sum()) == (BINS, 0, 0)
