"""Lines over a still lie in the camera's pixels, whatever size they were drawn in."""

import xml.etree.ElementTree as Xml

import pytest
from lamplighter_client.documents.configuring.configurations import (
    Feature,
    FeatureProperties,
    LineString,
    Polygon,
    StreetFile,
)
from lamplighter_client.documents.street.stills import DeviceStill
from lamplighter_client.street.sketch import grid_step, in_direction, shapes_on, sketch

STILL = DeviceStill(device="gate-7", stream="east", width=1280, height=720, jpeg=b"\xff\xd8")
SVG = "{http://www.w3.org/2000/svg}"


def street(width: int = 640, height: int = 360) -> StreetFile:
    line = LineString(coordinates=[[0, 180], [640, 180]])
    zone = Polygon(coordinates=[[[10, 10], [20, 10], [20, 20], [10, 10]]])
    return StreetFile(
        type="FeatureCollection",
        width=width,
        height=height,
        features=[
            Feature(geometry=line, properties=FeatureProperties(name="<n>&", stream="east")),
            Feature(geometry=zone, properties=FeatureProperties(name="box", stream="east")),
            Feature(
                geometry=zone, properties=FeatureProperties(name="trees", stream="east", mask=True)
            ),
            Feature(geometry=line, properties=FeatureProperties(name="other", stream="west")),
        ],
    )


def test_shapes_of_the_camera_that_was_looked_at() -> None:
    shapes = shapes_on(STILL, street())
    assert [(one.name, one.is_area, one.is_mask) for one in shapes] == [
        ("<n>&", False, False),
        ("box", True, False),
        ("trees", True, True),
    ]
    assert shapes[0].points == [(0.0, 0.5), (1.0, 0.5)]
    assert shapes_on(STILL, None) == []


def test_without_a_size_lines_are_in_the_cameras_pixels() -> None:
    assert shapes_on(STILL, street(0, 0))[0].points == [(0.0, 0.25), (0.5, 0.25)]


def test_a_sketch_is_svg_in_the_cameras_pixels_and_names_are_only_text() -> None:
    root = Xml.fromstring(sketch(STILL, shapes_on(STILL, street())))  # noqa: S314 - our own
    assert root.get("viewBox") == "0 0 1280 720"
    (line,) = root.findall(f"{SVG}polyline")
    assert line.get("points") == "0.0,360.0 1280.0,360.0"
    zone, mask = root.findall(f"{SVG}polygon")
    assert zone.get("points") == mask.get("points")
    assert zone.get("stroke") != mask.get("stroke"), "one can tell what is counted"
    texts = [text.text for text in root.findall(f"{SVG}text")]
    assert {"<n>&", "box", "100", "700"} <= set(texts)


@pytest.mark.parametrize(("width", "step"), [(64, 10), (640, 50), (1920, 200), (100_000, 1000)])
def test_the_grid_has_few_lines(width: int, step: int) -> None:
    assert grid_step(width) == step


def test_in_is_from_the_left_of_a_line_to_its_right() -> None:
    assert in_direction([(0, 0), (10, 0)]) == (0, 1)
    assert in_direction([(0, 0), (0, 10)]) == (-1, 0)
