"""Sizes as text and as numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.rules.sizes import (
    DEFAULT_SIZES,
    MAIN_SIZE,
    SIZE_MULTIPLE,
    by_area,
    parse_size,
    pixels,
    point_key,
    size_key,
    tiles,
)

sides = st.integers(1, 60).map(lambda n: n * SIZE_MULTIPLE)


@given(sides, sides)
def test_a_size_is_read_as_it_was_written(width: int, height: int) -> None:
    assert parse_size(size_key(width, height)) == (width, height)
    assert pixels(size_key(width, height)) == width * height


@pytest.mark.parametrize("text", ["", "384", "384x", "x288", "384x288x3", "-32x32"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "fits"), [((384, 288), True), ((385, 288), False), ((0, 0), False)]
)
def test_a_size_tiles_or_not(size: tuple[int, int], fits: bool) -> None:
    assert tiles(*size) is fits


def test_the_defaults_are_in_order_and_hold_the_main_one() -> None:
    assert by_area(reversed(DEFAULT_SIZES)) == list(DEFAULT_SIZES)
    assert MAIN_SIZE in DEFAULT_SIZES
    assert point_key("v", 384, 288) == "v@384x288"
