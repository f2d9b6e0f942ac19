"""Nobody can be known in what is left of a picture."""

import numpy as np
import pytest
from lamplighter_agent.camera.pictures.reducing import CELLS_OF_A_BOX, edges, pixelated

BOX = np.array([[20, 10, 60, 34]], np.float32)
NONE = np.zeros((0, 4), np.float32)


def stripes(period: int = 2) -> np.ndarray:
    """As fine as letters on a plate."""
    light = (np.arange(80) // (period // 2) % 2 * 255).astype(np.uint8)
    return np.repeat(np.tile(light, (48, 1))[..., None], 3, axis=2)


def test_what_is_within_a_box_has_few_colours_and_the_rest_is_untouched() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (48, 80, 3), np.uint8)
    coarse = pixelated(picture, BOX)
    within = coarse[10:34, 20:60].reshape(-1, 3)
    assert len(np.unique(within, axis=0)) <= (CELLS_OF_A_BOX + 1) ** 2
    assert (coarse[:5] == picture[:5]).all()
    assert (coarse[:, 70:] == picture[:, 70:]).all()


def test_letters_within_a_box_are_gone() -> None:
    coarse = pixelated(stripes(), BOX)
    assert np.ptp(coarse[15:30, 24:56].astype(int)) <= 40
    assert np.ptp(coarse[0, :16].astype(int)) == 255, "the picture has them outside of it"


def test_a_small_box_is_coarse_as_well() -> None:
    coarse = pixelated(stripes(), np.array([[30, 20, 34, 24]], np.float32))
    assert np.ptp(coarse[21:23, 31:33].astype(int)) == 0


@pytest.mark.parametrize(
    "box", [[-50, -50, -10, -10], [200, 5, 300, 9], [70, 40, 500, 500], [30, 30, 20, 20]]
)
def test_boxes_that_are_partly_or_wholly_outside(box: list[float]) -> None:
    boxes = np.array([box], np.float32)
    assert pixelated(stripes(), boxes).shape == edges(stripes(), boxes).shape == (48, 80, 3)


def test_outlines_show_where_the_picture_changes_and_nothing_else() -> None:
    picture = np.zeros((48, 80, 3), np.uint8)
    picture[:, 40:] = 200
    outlines = edges(picture, NONE)
    assert set(np.unique(outlines)) == {0, 255}
    columns = np.flatnonzero(outlines[24, :, 0])
    assert list(columns) == [39, 40]


def test_a_road_user_has_no_outline() -> None:
    picture = np.full((48, 80, 3), 60, np.uint8)
    picture[12:32, 24:56] = 220
    assert edges(picture, NONE).any()
    assert not edges(picture, BOX).any()


def test_noise_is_no_outline() -> None:
    noise = np.random.default_rng(2).integers(98, 102, (48, 80, 3)).astype(np.uint8)
    assert not edges(noise, NONE).any()
