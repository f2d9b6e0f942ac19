"""What is wrong with a street, in words that say what to do."""

import pytest
from lamplighter_wire.messages import Street, StreetLine, StreetZone
from lamplighter_wire.street.problems import street_problem

LINE = StreetLine(name="north", ends=((10, 0), (10, 90)))
SQUARE = [(0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0)]


def test_a_street_in_order_has_no_problem() -> None:
    street = Street(width=100, height=100, lines=[LINE], zones=[StreetZone(corners=SQUARE)])
    assert street_problem(street, [""]) == ""
    assert street_problem(Street()) == ""


@pytest.mark.parametrize(
    ("street", "words"),
    [
        (Street(width=100), "width and height belong together"),
        (Street(lines=[LINE, LINE]), "two lines or zones are named 'north'"),
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
