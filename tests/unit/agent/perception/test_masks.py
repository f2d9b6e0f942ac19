"""Who stands in a masked area is passed over, in pictures of every size."""

import numpy as np
import pytest
from lamplighter_agent.own_street import Mask
from lamplighter_agent.perception.masks import Masks

from tests.simulators.traffic import HEIGHT, WIDTH, box, boxes

SIZE = (WIDTH, HEIGHT)
# A car park along the lower edge, and a garden of three corners.
PARK = Mask("park", ((0, 360), (320, 360), (320, 480), (0, 480)))
GARDEN = Mask("garden", ((400, 0), (640, 0), (640, 240)))


def left(masks: Masks, *rows: list[float], size: tuple[int, int] = SIZE) -> list[bool]:
    """Which of the boxes are left."""
    given = boxes(*rows)
    kept = {tuple(row) for row in masks.unmasked(given, size).tolist()}
    return [tuple(row) in kept for row in given.tolist()]


def test_it_is_the_foot_point_that_counts() -> None:
    masks = Masks([PARK], SIZE)
    tall_before_it = box(100, 400, h=120)  # its foot at 460, most of it above the mask
    reaches_into_it = box(330, 400, w=60)  # its foot at 330, 415
    stands_above_it = box(100, 340, h=30)  # its foot at 355
    assert left(masks, tall_before_it, reaches_into_it, stands_above_it) == [False, True, True]


@pytest.mark.parametrize("down", [480.0, 478.0, 500.0])
def test_a_mask_up_to_the_border_holds_whom_the_border_cuts(down: float) -> None:
    cut = [0.0, 440.0, 1.0, down, 0.9, 0.0]
    assert left(Masks([PARK], SIZE), cut) == [False]


def test_masks_stay_where_they_are_in_pictures_of_another_size() -> None:
    masks = Masks([GARDEN], SIZE)
    assert left(masks, box(600, 100), box(420, 100)) == [False, True]
    halved = [box(300, 50, w=20, h=15), box(210, 50, w=20, h=15)]
    assert left(masks, *halved, size=(WIDTH // 2, HEIGHT // 2)) == [False, True]
    of_the_camera = Masks([GARDEN], (0, 0))
    assert left(of_the_camera, *halved, size=(WIDTH // 2, HEIGHT // 2)) == [True, True]


def test_each_of_several_masks_hides_and_overlaps_hide_too() -> None:
    upper_half = Mask("upper", ((0, 0), (640, 0), (640, 240), (0, 240)))
    masks = Masks([PARK, GARDEN, upper_half], SIZE)
    rows = [box(100, 400), box(600, 100), box(100, 100), box(500, 400)]
    assert left(masks, *rows) == [False, False, False, True]


def test_without_masks_or_boxes_nothing_changes() -> None:
    given = boxes(box(100, 400))
    assert Masks([], SIZE).unmasked(given, SIZE) is given
    nobody = Masks([PARK], SIZE).unmasked(boxes(), SIZE)
    assert nobody.shape == (0, 6)


def test_corners_may_go_round_either_way() -> None:
    turned = Mask("park", PARK.corners[::-1])
    rng = np.random.default_rng(5)
    rows = [box(float(x), float(y)) for x, y in rng.uniform(0, 480, (50, 2))]
    both = [left(Masks([mask], SIZE), *rows) for mask in (PARK, turned)]
    assert both[0] == both[1]
    assert set(both[0]) == {True, False}
