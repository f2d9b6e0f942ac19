"""What is drawn in the pictures of a device's cameras, and what of it contradicts itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lamplighter_wire.errors import SettingsError
from lamplighter_wire.messages.configuration import Street, StreetMask, StreetZone
from lamplighter_wire.settings import named
from lamplighter_wire.street.problems import street_problem

Corners = tuple[tuple[float, float], ...]
Size = tuple[int, int]  # width, height; 0: not known


@dataclass(frozen=True, slots=True)
class CountLine:
    """A counting line in camera pixels, from (x1, y1) to (x2, y2), of one stream."""

    name: str
    x1: float
    y1: float
    x2: float
    y2: float
    stream: str = ""


@dataclass(frozen=True, slots=True)
class CountZone:
    """An area in camera pixels by its corners, of one stream: who comes into it and leaves it."""

    name: str
    corners: Corners
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Mask:
    """An area in camera pixels by its corners, of one stream: who stands in it is passed over."""

    name: str
    corners: Corners
    stream: str = ""


@dataclass(frozen=True, slots=True)
class CountDistance:
    """How many metres of road lie between two lines of one stream."""

    first: str
    second: str
    distance_m: float
    stream: str = ""


def check_drawn(
    lines: Sequence[CountLine],
    zones: Sequence[CountZone],
    masks: Sequence[Mask],
    distances: Sequence[CountDistance],
    streams: Collection[str],
    size: Size,
) -> None:
    """Refuse what contradicts itself, and what nothing can cross.

    Args:
        streams: names of the device's cameras.
        size: of the pictures that all of it is drawn in.

    Raises:
        SettingsError: names the setting and what it wants.
    """
    for line in lines:
        _check_stream(line, streams)
        _check_line(line, size)
    for zone in zones:
        named(zone.stream, streams, f"zones: {zone.name!r}: stream")
    for mask in masks:
        named(mask.stream, streams, f"masks: {mask.name!r}: stream")
    _check_areas(zones, masks, size)
    for one in distances:
        _check_distance(one, lines)
    names = [(line.stream, line.name) for line in lines]
    for stream, name in names:
        if names.count((stream, name)) > 1:
            raise SettingsError(f"lines: two of {stream or 'the camera'} are named {name!r}")


def _check_stream(line: CountLine, streams: Collection[str]) -> None:
    if line.stream and not any(streams):
        raise SettingsError(
            f"lines: {line.name!r} is of the stream {line.stream!r}, but the camera has no"
            " name; leave stream out"
        )
    named(line.stream, streams, f"lines: {line.name!r}: stream")


def _check_line(line: CountLine, size: Size) -> None:
    """A line that nothing can cross counts nothing, for ever."""
    if (line.x1, line.y1) == (line.x2, line.y2):
        raise SettingsError(f"lines: {line.name!r} has no length; give it two ends")
    width, height = size
    across, down = sorted((line.x1, line.x2)), sorted((line.y1, line.y2))
    misses = across[1] < 0 or down[1] < 0 or across[0] > width or down[0] > height
    if width and height and misses:
        raise SettingsError(
            f"lines: {line.name!r} lies outside of pictures of {width}x{height}; move it, or"
            " set camera_width and camera_height to the size that it is drawn in"
        )


def _check_areas(zones: Sequence[CountZone], masks: Sequence[Mask], size: Size) -> None:
    drawn = [StreetZone(name=z.name, corners=list(z.corners), stream=z.stream) for z in zones]
    hidden = [StreetMask(name=m.name, corners=list(m.corners), stream=m.stream) for m in masks]
    for setting, some in (
        ("zones", Street(width=size[0], height=size[1], zones=drawn)),
        ("masks", Street(width=size[0], height=size[1], masks=hidden)),
    ):
        problem = street_problem(some) if some.zones or some.masks else ""
        if problem:
            raise SettingsError(f"{setting}: {problem}")


def _check_distance(one: CountDistance, lines: Sequence[CountLine]) -> None:
    known = {line.name for line in lines if line.stream == one.stream}
    if one.first == one.second or not {one.first, one.second} <= known:
        raise SettingsError(
            f"distances: {one.first!r} and {one.second!r} are no two lines of one camera"
        )
    if not 1.0 <= one.distance_m <= 1000.0:
        raise SettingsError(f"distances: {one.distance_m:g} m; write 1 to 1000")
