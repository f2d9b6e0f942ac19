"""Streets as GeoJSON and back: pixels of a picture instead of degrees, and downwards is more."""

from collections.abc import Iterator, Sequence
from math import dist

import msgspec
from lamplighter_client.documents.configuring.configurations import (
    CameraPosition,
    Distance,
    Feature,
    FeatureProperties,
    LineString,
    Polygon,
    StreetFile,
)
from lamplighter_wire.messages import Street, StreetLine, StreetMask, StreetPosition, StreetZone
from lamplighter_wire.messages.configuration import Corner
from lamplighter_wire.street.problems import street_problem

from lamplighter_controller.errors import InvalidError

SHORTEST_PX = 5.0  # nobody is seen to cross a shorter line, or to stand in a smaller area
KINDS = LINES, ZONES, MASKS = "lines", "zones", "masks"


def street_of(file: StreetFile, streams: Sequence[str] | None) -> Street:
    """The street that a file draws.

    Args:
        file: as it was given.
        streams: the device's cameras; None: they are not known.

    Raises:
        InvalidError: it cannot be counted on; names the feature and the remedy.
    """
    drawn = [_drawn(number, feature) for number, feature in enumerate(file.features, start=1)]
    document = {
        "camera": file.camera,
        "width": file.width,
        "height": file.height,
        "turns": file.turns,
        "distances": msgspec.to_builtins(file.distances),
        "positions": msgspec.to_builtins(file.positions),
        **{kind: [one for of, one in drawn if of == kind] for kind in KINDS},
    }
    try:
        street = msgspec.convert(document, Street)
    except msgspec.ValidationError as error:
        raise InvalidError(f"street: {error}") from error
    problem = street_problem(street, streams) or next(_too_small(street), "")
    if problem:
        raise InvalidError(f"street: {problem}")
    return street


def file_of(street: Street) -> StreetFile:
    """The file that draws a street."""
    return StreetFile(
        type="FeatureCollection",
        camera=street.camera,
        width=street.width,
        height=street.height,
        turns=street.turns,
        distances=[
            Distance(
                first=one.first,
                second=one.second,
                distance_m=one.distance_m,
                stream=one.stream,
            )
            for one in street.distances
        ],
        positions=[_position(one) for one in street.positions],
        features=[
            *map(_line, street.lines),
            *map(_area, street.zones),
            *map(_area, street.masks),
        ],
    )


def _drawn(number: int, feature: Feature) -> tuple[str, dict[str, object]]:
    """Of which of the kinds a feature is, and as it is told to the device."""
    properties = feature.properties
    if not properties.name:
        raise InvalidError(f"feature {number} has no name; give it one under properties")
    named = {"name": properties.name, "stream": properties.stream}
    if isinstance(feature.geometry, Polygon):
        kind = MASKS if properties.mask else ZONES
        return kind, named | {"corners": _corners(properties.name, feature.geometry)}
    if properties.mask:
        raise InvalidError(f"mask {properties.name!r} is a line; draw it as a Polygon")
    ends = [point[:2] for point in feature.geometry.coordinates]
    if len(ends) != 2:
        raise InvalidError(
            f"line {properties.name!r} has {len(ends)} points; a counting line has two ends"
        )
    return LINES, named | {"ends": ends}


def _too_small(street: Street) -> Iterator[str]:
    """What is wrong with each, as where somebody drew on a map."""
    sizes = [(f"line {line.name!r}", dist(*line.ends)) for line in street.lines]
    sizes += [(f"zone {zone.name!r}", _across(zone.corners)) for zone in street.zones]
    sizes += [(f"mask {mask.name!r}", _across(mask.corners)) for mask in street.masks]
    for named, size_px in sizes:
        if size_px < SHORTEST_PX:
            yield (
                f"{named} is {size_px:.2g} pixels across, and must be {SHORTEST_PX:g} or more; are"
                " these degrees, or shares of the picture? Draw in pixels of the camera's picture"
            )


def _across(corners: Sequence[Corner]) -> float:
    """The longer side of what they lie in, in pixels."""
    return max(
        max(one[axis] for one in corners) - min(one[axis] for one in corners) for axis in (0, 1)
    )


def _corners(name: str, polygon: Polygon) -> list[list[float]]:
    """Without the last, which GeoJSON repeats."""
    if len(polygon.coordinates) != 1:
        raise InvalidError(f"{name!r} has {len(polygon.coordinates)} rings; draw one")
    corners = [point[:2] for point in polygon.coordinates[0]]
    return corners[:-1] if len(corners) > 1 and corners[0] == corners[-1] else corners


def _line(line: StreetLine) -> Feature:
    return Feature(
        geometry=LineString(coordinates=_points(line.ends)),
        properties=FeatureProperties(name=line.name, stream=line.stream),
    )


def _area(area: StreetZone | StreetMask) -> Feature:
    ring = _points([*area.corners, *area.corners[:1]])
    is_mask = isinstance(area, StreetMask)
    return Feature(
        geometry=Polygon(coordinates=[ring]),
        properties=FeatureProperties(name=area.name, stream=area.stream, mask=is_mask),
    )


def _position(one: StreetPosition) -> CameraPosition:
    return CameraPosition(
        latitude=one.latitude,
        longitude=one.longitude,
        heading_deg=one.heading_deg,
        stream=one.stream,
    )


def _points(corners: Sequence[Corner]) -> list[list[float]]:
    return [list(corner) for corner in corners]
