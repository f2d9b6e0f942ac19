"""Streets as GeoJSON: read with words for what is wrong, and written as they were read."""

from typing import Any

import msgspec
import pytest
from lamplighter_client.documents.configuring.configurations import StreetFile
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.services.configurations.street_files import file_of, street_of
from lamplighter_wire.messages import (
    Street,
    StreetDistance,
    StreetLine,
    StreetMask,
    StreetPosition,
    StreetZone,
)

RING = [[10, 10], [90, 10], [90, 60], [10, 10]]


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"name": "a"} | properties}


BETWEEN = {"first": "a", "second": "b", "distance_m": 18.5}


def read(*features: dict[str, Any], **more: Any) -> StreetFile:
    document = {"type": "FeatureCollection", "features": features, **more}
    return msgspec.json.decode(msgspec.json.encode(document), type=StreetFile)


def test_lines_and_polygons_become_a_street_and_back() -> None:
    line = feature("LineString", [[0, 5], [90, 5, 0]], name="north", colour="red")
    zone = feature("Polygon", [RING], name="square", stream="east")
    line["properties"]["stream"] = "west"
    file = read(line, zone, camera="gate", width=100, height=80, turns=True, crs={"type": "name"})
    street = street_of(file, ["east", "west"])
    assert street == Street(
        camera="gate",
        width=100,
        height=80,
        turns=True,
        lines=[StreetLine(name="north", ends=((0, 5), (90, 5)), stream="west")],
        zones=[StreetZone(name="square", corners=[(10, 10), (90, 10), (90, 60)], stream="east")],
    )
    assert street_of(file_of(street), None) == street


def test_distances_between_lines_become_those_of_a_street_and_back() -> None:
    a, b = (feature("LineString", [[0, y], [90, y]], name=name) for name, y in (("a", 5), ("b", 9)))
    street = street_of(read(a, b, distances=[BETWEEN]), None)
    assert street.distances == [StreetDistance(first="a", second="b", distance_m=18.5)]
    assert street_of(file_of(street), None) == street
    with pytest.raises(InvalidError, match="names 'b', which is no line; draw it first"):
        street_of(read(a, distances=[BETWEEN]), None)
    with pytest.raises(InvalidError, match="is of one line; name two"):
        street_of(read(a, distances=[BETWEEN | {"second": "a"}]), None)


def test_masks_and_positions_become_those_of_a_street_and_back() -> None:
    garden = feature("Polygon", [RING], name="garden", mask=True)
    gate = {"latitude": 52.27, "longitude": 10.53, "heading_deg": 135}
    street = street_of(read(garden, positions=[gate]), None)
    assert street == Street(
        masks=[StreetMask(name="garden", corners=[(10, 10), (90, 10), (90, 60)])],
        positions=[StreetPosition(latitude=52.27, longitude=10.53, heading_deg=135.0)],
    )
    assert street_of(file_of(street), None) == street
    for wrong in ({"latitude": 91}, {"longitude": 181}, {"heading_deg": 360}):
        with pytest.raises(msgspec.ValidationError, match=next(iter(wrong))):
            read(positions=[gate | wrong])


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (feature("LineString", [[0, 0], [5, 5], [9, 9]]), "'a' has 3 points; a counting line"),
        (feature("LineString", [[0, 0], [0, 0]]), "'a' has no length"),
        (feature("LineString", [[0, 0], [9, 9]], name=""), "feature 1 has no name"),
        (feature("LineString", [[0, 0], [9, 9]], name="a/b"), "street: "),
        (
            feature("LineString", [[10.5268, 52.2689], [10.527, 52.269]]),
            "line 'a' is 0.00022 pixels across, and must be 5 or more; are these degrees",
        ),
        (
            feature("Polygon", [[[10.5268, 52.2689], [10.53, 52.269], [10.53, 52.27]]]),
            "zone 'a' is 0.0032 pixels across",
        ),
        (
            feature("Polygon", [[[0.1, 0.1], [0.9, 0.1], [0.9, 0.6]]], mask=True),
            "mask 'a' is 0.8 pixels across, .* or shares of the picture",
        ),
        (
            feature("LineString", [[-99, 20], [-80, 60]]),
            "'a' lies outside of every picture, for its pixels are negative; are these degrees",
        ),
        (feature("Polygon", [RING, RING]), "'a' has 2 rings; draw one"),
        (feature("Polygon", [RING[:2]]), "'a' has no area"),
        (feature("Polygon", [RING[:2]], mask=True), "mask 'a' has no area; give it three corners"),
        (feature("LineString", [[0, 0], [9, 9]], mask=True), "mask 'a' is a line; draw it as a"),
        (feature("LineString", [[0, 0], [9, 9]], stream="up"), "'up', which the device lacks"),
    ],
)
def test_what_cannot_be_counted_on_is_refused_in_words(drawn: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        street_of(read(drawn), [""])
