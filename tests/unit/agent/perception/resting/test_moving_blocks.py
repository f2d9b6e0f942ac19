"""What counts as motion: what drives, not noise, nor the light."""

import numpy as np
import pytest
from lamplighter_agent.perception.resting.moving_blocks import (
    MovingBlocks,
    block_means,
    changed_blocks,
)
from numpy.typing import NDArray

Luma = NDArray[np.uint8]


def night(seed: int, noise: float = 2.0, level: float = 40.0) -> Luma:
    dice = np.random.default_rng(seed)
    return np.clip(dice.normal(level, noise, (480, 640)), 16, 235).astype(np.uint8)


def with_car(picture: Luma, x: int, width: int = 40, height: int = 20) -> Luma:
    seen = picture.copy()
    seen[200 : 200 + height, x : x + width] = 90
    return seen


def settled(pictures: int = 8) -> MovingBlocks:
    blocks = MovingBlocks()
    for second in range(pictures):
        blocks.look(night(second), float(second))
    return blocks


@pytest.mark.parametrize("size", [(480, 640), (1080, 1920), (48, 64), (477, 631)])
def test_blocks_are_means_whatever_the_size_of_the_picture(size: tuple[int, int]) -> None:
    ramp = np.broadcast_to(np.linspace(0, 255, size[1]).astype(np.uint8), size)
    blocks = block_means(np.ascontiguousarray(ramp))
    assert blocks.shape[1] in range(62, 95)
    assert blocks.mean() == pytest.approx(127, abs=3)
    assert np.all(np.diff(blocks, axis=1) >= 0)


def test_nothing_is_known_of_the_first_pictures() -> None:
    blocks = MovingBlocks()
    assert [blocks.look(night(n), float(n)) for n in range(5)] == [True, True, True, False, False]


def test_noise_is_no_motion() -> None:
    blocks = settled()
    assert not any(blocks.look(night(n), float(n)) for n in range(8, 60))


def test_a_small_car_is_one_at_once_and_for_a_while_after() -> None:
    blocks = settled()
    assert blocks.look(with_car(night(8), 300), 8.0)
    quiet = [blocks.look(night(n), float(n)) for n in range(9, 30)]
    assert quiet[0], "it may have stood behind a tree"
    assert not any(quiet[12:])


def test_what_stands_becomes_part_of_the_background() -> None:
    blocks = settled()
    seen = [blocks.look(with_car(night(n), 300), float(n)) for n in range(8, 50)]
    assert seen[0]
    assert not any(seen[25:])


def test_light_that_changes_everywhere_is_no_motion() -> None:
    blocks = settled()
    assert not blocks.look(night(8, level=70.0), 8.0)


def test_it_begins_anew_with_another_shape_and_with_a_clock_set_back() -> None:
    blocks = settled()
    assert blocks.look(night(8)[:, :400], 8.0)
    assert not blocks.look(night(9)[:, :400], 12.0)
    assert blocks.look(night(9)[:, :400], 1.0)


def test_a_noisier_picture_must_change_by_more() -> None:
    change = np.zeros((60, 80), np.float32)
    change[10, 10:14] = 8.0
    noise = np.random.default_rng(1).normal(0, 3.0, change.shape).astype(np.float32)
    assert changed_blocks(change) == 4
    assert changed_blocks(change + noise) == 0
