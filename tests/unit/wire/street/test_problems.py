"""What is wrong with a street, in words that say what to do."""

import msgspec
import pytest
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import WireError
from lamplighter_wire.messages import (
    Configuration,
    Street,
    StreetLine,
    StreetMask,
    StreetPosition,
    StreetZone,
)
from lamplighter_wire.street.problems import street_problem

LINE = StreetLine(name="north", ends=((10, 0), (10, 90)))
HERE = StreetPosition(latitude=52.27, longitude=10.53, heading_deg=135.0)
SQUARE = [(0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0)]


def test_a_street_in_order_has_no_problem() -> None:
    street = Street(width=100, height=100, lines=[LINE], zones=[StreetZone(corners=SQUARE)])
    assert street_problem(street, [""]) == ""
    assert street_problem(Street()) == ""


@pytest.mark.parametrize(
    ("street", "words"),
    [
        (Street(width=100), "width and height belong together"),
        (Street(lines=[LINE, LINE]), "two lines, zones or masks are named 'north'"),
        (Street(lines=[StreetLine(name="n", ends=((3, 3), (3, 3)))]), "no length"),
        (Street(zones=[StreetZone(name="z", corners=SQUARE[:2])]), "no area"),
        (Street(zones=[StreetZone(name="z", corners=[(0, 0), (5, 5), (9, 9)])]), "no area"),
        (
            Street(zones=[StreetZone(name="z", corners=[(0, 0), (9, 9), (9, 0), (0, 7)])]),
            "crosses itself",
        ),
        (
            Street(width=50, height=50, lines=[StreetLine(name="n", ends=((60, 10), (70, 10)))]),
            "lies outside of pictures of 50x50",
        ),
        (Street(masks=[StreetMask(name="m", corners=SQUARE[:2])]), "mask 'm' has no area; give it"),
        (
            Street(masks=[StreetMask(name="m", corners=[(0, 0), (9, 9), (9, 0), (0, 7)])]),
            "mask 'm' crosses itself; order its corners",
        ),
        (
            Street(width=40, height=60, masks=[StreetMask(name="m", corners=SQUARE)]),
            "mask 'm' has a corner at 50, 0, outside of pictures of 40x60; move it to the edge",
        ),
        (
            Street(zones=[StreetZone(corners=SQUARE)], masks=[StreetMask(name="zone")]),
            "two lines, zones or masks are named 'zone'",
        ),
        (Street(positions=[HERE, HERE]), "two positions of the device; keep one"),
    ],
)
def test_what_cannot_be_counted_on_is_named(street: Street, words: str) -> None:
    assert words in street_problem(street)


def test_lines_are_of_cameras_that_are_there() -> None:
    line = StreetLine(name="n", ends=((0, 0), (1, 1)), stream="east")
    assert "leave stream out" in street_problem(Street(lines=[line]), [""])
    assert "it has: west" in street_problem(Street(lines=[line]), ["west"])
    assert "set stream to one of east, west" in street_problem(
        Street(lines=[LINE]), ["west", "east"]
    )
    assert street_problem(Street(lines=[line]), ["east"]) == ""
    assert street_problem(Street(lines=[line]), None) == "", "cameras are not known"


def test_masks_are_of_cameras_that_are_there_and_positions_of_one_or_all() -> None:
    mask = StreetMask(name="m", corners=SQUARE)
    assert "set stream to one of east, west" in street_problem(
        Street(masks=[mask]), ["west", "east"]
    )
    assert street_problem(Street(masks=[mask], positions=[HERE]), [""]) == ""
    east = msgspec.structs.replace(HERE, stream="east")
    assert street_problem(Street(positions=[HERE, east]), ["west", "east"]) == ""
    assert "the camera 'east', which the device lacks; it has: west" in street_problem(
        Street(positions=[HERE, east]), ["west"]
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("latitude", 90.5), ("longitude", -180.5), ("heading_deg", 360.0), ("heading_deg", -1.0)],
)
def test_a_position_is_one_on_earth(field: str, value: float) -> None:
    wrong = Configuration(
        street=Street(positions=[msgspec.structs.replace(HERE, **{field: value})])
    )
    with pytest.raises(WireError, match=field):
        decode(encode(wrong), Configuration)


class _FormerStreet(msgspec.Struct):
    """What agents knew of a street before there were masks and positions."""

    lines: list[StreetLine] = []
    turns: bool = False


class _FormerConfiguration(msgspec.Struct):
    street: _FormerStreet | None = None


def test_former_agents_pass_over_what_they_do_not_know_and_former_streets_are_read() -> None:
    street = Street(lines=[LINE], masks=[StreetMask(corners=SQUARE)], positions=[HERE])
    former = decode(encode(Configuration(street=street)), _FormerConfiguration)
    assert former.street == _FormerStreet(lines=[LINE])
    now = decode(encode(former), Configuration)
    assert now.street == Street(lines=[LINE])
