"""Masks across what is counted on: told, and only where they are."""

import pytest
from lamplighter_controller.services.configurations.street_masks import mask_problems
from lamplighter_wire.messages import Street, StreetLine, StreetMask, StreetZone
from lamplighter_wire.messages.configuration import Corner

BOX = ((40.0, 40.0), (60.0, 40.0), (60.0, 60.0), (40.0, 60.0))


def line(first: Corner, second: Corner, stream: str = "") -> StreetLine:
    return StreetLine(name="north", ends=(first, second), stream=stream)


@pytest.mark.parametrize(
    ("drawn", "is_covered"),
    [
        (line((0, 50), (100, 50)), True),
        (line((45, 50), (55, 50)), True),  # wholly in it
        (line((50, 50), (100, 50)), True),
        (line((0, 0), (100, 100)), True),  # through two corners
        (line((0, 30), (100, 30)), False),
        (line((0, 40), (100, 40)), False),  # along its border
        (line((0, 50), (100, 50), "east"), False),  # of another camera
    ],
)
def test_a_mask_across_a_line_is_told(drawn: StreetLine, is_covered: bool) -> None:
    street = Street(lines=[drawn], masks=[StreetMask(name="garden", corners=list(BOX))])
    told = mask_problems(street)
    assert bool(told) == is_covered
    assert all(note.startswith("mask 'garden' lies across line 'north': ") for note in told)


def test_a_mask_within_a_zone_is_not_told_and_one_across_its_edge_is() -> None:
    mask = StreetMask(name="tree", corners=list(BOX))
    around = StreetZone(name="square", corners=[(0, 0), (100, 0), (100, 100), (0, 100)])
    half = StreetZone(name="half", corners=[(0, 0), (50, 0), (50, 100), (0, 100)])
    (told,) = mask_problems(Street(zones=[around, half], masks=[mask]))
    assert told.startswith("mask 'tree' lies across an edge of zone 'half': ")
    assert mask_problems(None) == []
