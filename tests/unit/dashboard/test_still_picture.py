"""A still becomes dots of a terminal; lines and zones lie where they do in the camera's picture."""

import msgspec
import pytest
from lamplighter_client.documents.configuring.configurations import CameraPosition, StreetFile
from lamplighter_client.documents.street.stills import DeviceStill
from lamplighter_client.street.sketch import Shape
from lamplighter_dashboard.model.still_picture import LINE, MASK, ZONE, still_picture
from lamplighter_dashboard.widgets.dots import dots_text
from lamplighter_dashboard.words.stills import still_words

LEFT_RED = DeviceStill(
    width=640,
    height=320,
    privacy="blurred",
    blurred=1,
    preview=(bytes((200, 0, 0)) * 8 + bytes((0, 0, 90)) * 8) * 8,
    preview_width=16,
    preview_height=8,
)


def test_it_is_as_large_as_there_is_room_and_keeps_its_shape() -> None:
    dots = still_picture(LEFT_RED, [], 40, 100).dots
    assert (len(dots[0]), len(dots)) == (40, 20)
    dots = still_picture(LEFT_RED, [], 400, 4).dots
    assert (len(dots[0]), len(dots)) == (16, 8)


def test_dots_have_the_colours_of_the_picture() -> None:
    dots = still_picture(LEFT_RED, [], 16, 4).dots
    assert dots[3] == [(200, 0, 0)] * 8 + [(0, 0, 90)] * 8
    text = dots_text(still_picture(LEFT_RED, [], 16, 4))
    assert text.plain == "\n".join(["▀" * 16] * 4)
    assert str(text.spans[0].style) == "#c80000 on #c80000"


def test_lines_and_zones_lie_where_they_were_drawn() -> None:
    line = Shape("north", [(0.0, 0.5), (1.0, 0.5)])
    zone = Shape("box", [(0.1, 0.1), (0.9, 0.1), (0.9, 0.3), (0.1, 0.1)], is_area=True)
    picture = still_picture(LEFT_RED, [line, zone], 40, 10)
    assert set(picture.dots[10]) == {LINE}
    assert picture.dots[2][5:36].count(ZONE) >= 30
    assert "north" in dots_text(picture).plain.splitlines()[5]


@pytest.mark.parametrize(
    "points", [[(-9.0, -9.0), (9.0, 9.0)], [(1e6, 1e6), (2e6, 2e6)], [(0.5, 0.5)], []]
)
def test_shapes_that_are_partly_or_wholly_outside(points: list[tuple[float, float]]) -> None:
    picture = still_picture(LEFT_RED, [Shape("a name longer than it is wide", points)], 8, 2)
    assert len(dots_text(picture).plain.splitlines()) == 2


def test_what_is_no_preview_is_no_picture() -> None:
    broken = DeviceStill(preview=b"12", preview_width=3, preview_height=3)
    assert dots_text(still_picture(broken, [], 9, 9)).plain == ""


def test_words_say_what_is_left_and_in_what_pixels_lines_are_drawn() -> None:
    words = still_words(LEFT_RED, StreetFile(type="FeatureCollection", features=[]))
    assert words.startswith("blurred, more so where 1 road user was found")
    assert words.endswith("drawn in pixels of 640x320")
    assert "of its own settings" in still_words(LEFT_RED, None)


def test_words_say_where_the_camera_stands_and_looks() -> None:
    west = CameraPosition(latitude=-33.5, longitude=-70.25, stream="west")
    of_all = CameraPosition(latitude=52.2689, longitude=10.5268, heading_deg=135.0)
    for positions, words in (
        ([west, of_all], "   stands at 52.26890, 10.52680, looks to 135°"),
        ([msgspec.structs.replace(west, stream="")], "   stands at -33.50000, -70.25000"),
        ([west], "drawn in pixels of 640x320"),
    ):
        street = StreetFile(type="FeatureCollection", features=[], positions=positions)
        assert still_words(LEFT_RED, street).endswith(words)


def test_a_mask_has_a_colour_of_its_own() -> None:
    mask = Shape("trees", [(0.0, 0.5), (1.0, 0.5)], is_area=True, is_mask=True)
    assert set(still_picture(LEFT_RED, [mask], 40, 10).dots[10]) == {MASK}
