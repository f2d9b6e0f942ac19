"""Several looks at one picture become one answer."""

import numpy as np
import pytest
from lamplighter_recipes.sites.fused_boxes import fused, mirrored_back


def look(*boxes: tuple[float, ...]) -> np.ndarray:
    return np.array(boxes, np.float32).reshape(-1, 6)


def test_boxes_of_one_thing_become_their_mean_the_surer_ones_counting_more() -> None:
    one, other = look((0, 0, 10, 10, 0.9, 2)), look((1, 0, 11, 10, 0.3, 2))
    (box,) = fused([one, other])
    assert box.tolist() == pytest.approx([0.25, 0, 10.25, 10, 0.6, 2])


def test_what_one_look_of_three_has_seen_is_believed_a_third() -> None:
    everywhere = [look((0, 0, 10, 10, 0.6, 0)) for _ in range(2)]
    (sure, vague) = fused([*everywhere, look((0, 0, 10, 10, 0.6, 0), (50, 50, 60, 60, 0.9, 1))])
    assert sure[4] == pytest.approx(0.6)
    assert vague[4] == pytest.approx(0.3)


def test_the_class_is_the_one_that_was_seen_most_surely() -> None:
    looks = [look((0, 0, 10, 10, score, kind)) for score, kind in ((0.5, 1), (0.4, 3), (0.4, 3))]
    (box,) = fused(looks)
    assert box[5] == 3


def test_two_boxes_of_one_look_do_not_make_a_thing_surer_than_any_saw_it() -> None:
    (box,) = fused([look((0, 0, 10, 10, 0.5, 0), (0, 0, 10, 10, 0.5, 0))])
    assert box[4] == pytest.approx(0.5)


def test_nothing_seen_is_nothing() -> None:
    assert fused([look(), look()]).shape == (0, 6)


def test_a_mirrored_box_comes_back_where_it_was() -> None:
    box = look((10, 5, 30, 25, 0.5, 1))
    mirrored = look((70, 5, 90, 25, 0.5, 1))
    assert mirrored_back(mirrored, 100).tolist() == box.tolist()
