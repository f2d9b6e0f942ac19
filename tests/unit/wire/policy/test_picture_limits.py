"""Which pictures may travel."""

import pytest
from lamplighter_wire.codec import MAX_MESSAGE_BYTES, decode, encode
from lamplighter_wire.messages import Picture
from lamplighter_wire.policy.picture_limits import (
    JPEG_END,
    JPEG_START,
    MOST_PICTURE_BYTES,
    fitted_size,
    is_picture,
)


def _jpeg(size_bytes: int) -> bytes:
    return JPEG_START + bytes(size_bytes - len(JPEG_START) - len(JPEG_END)) + JPEG_END


@pytest.mark.parametrize(
    ("data", "may"),
    [
        (_jpeg(500), True),
        (_jpeg(MOST_PICTURE_BYTES), True),
        (_jpeg(MOST_PICTURE_BYTES + 1), False),
        (b"GIF89a" + JPEG_END, False),
        (_jpeg(500)[:-1], False),
        (b"", False),
    ],
)
def test_only_whole_jpegs_of_bounded_size_are_pictures(data: bytes, may: bool) -> None:
    assert is_picture(data) is may


def test_the_largest_picture_fits_into_a_message() -> None:
    picture = Picture(device="cam-1", order="a" * 16, jpeg=_jpeg(MOST_PICTURE_BYTES))
    raw = encode(picture)
    assert len(raw) < MAX_MESSAGE_BYTES
    assert decode(raw, Picture) == picture


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((640, 480), (640, 480)),
        ((1920, 1080), (640, 360)),
        ((1080, 1920), (360, 640)),
        ((101, 75), (100, 76)),
        ((4000, 1), (640, 2)),
    ],
)
def test_long_sides_shrink_and_all_are_even(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    assert fitted_size(*size) == fitted
