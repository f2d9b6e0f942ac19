"""What is wrong with a street that is to be counted on. Pure; asked by controller and device."""

from collections.abc import Collection, Sequence
from math import inf

from lamplighter_wire.messages.configuration import (
    Corner,
    Street,
    StreetLine,
    StreetMask,
    StreetZone,
)

Drawn = StreetLine | StreetZone | StreetMask


def street_problem(street: Street, streams: Collection[str] | None = None) -> str:
    """What is wrong first, and the remedy; empty: nothing.

    Args:
        street: as drawn.
        streams: the device's cameras by name; None: they are not known.
    """
    problems = (
        *_size_problems(street),
        *_name_problems(street),
        *_stream_problems(street, streams),
        *_shape_problems(street),
        *_distance_problems(street),
        *_position_problems(street, streams),
    )
    return problems[0] if problems else ""


def _size_problems(street: Street) -> list[str]:
    if bool(street.width) == bool(street.height):
        return []
    return ["width and height belong together; give both of the picture, or neither"]


def _name_problems(street: Street) -> list[str]:
    names = [(one.stream, one.name) for one in _drawn(street)]
    twice = [named for named in names if names.count(named) > 1]
    return [f"two lines, zones or masks are named {name!r}; give each its own" for _, name in twice]


def _stream_problems(street: Street, streams: Collection[str] | None) -> list[str]:
    if streams is None:
        return []
    known = sorted(name for name in streams if name)
    return [text for one in _drawn(street) if (text := _stream_problem(one, known))]


def _stream_problem(one: Drawn, known: Sequence[str]) -> str:
    if one.stream and one.stream not in known:
        there = f"it has: {', '.join(known)}" if known else "leave stream out"
        return f"{one.name!r} is of the camera {one.stream!r}, which the device lacks; {there}"
    if known and not one.stream:
        return f"{one.name!r} names no camera; set stream to one of {', '.join(known)}"
    return ""


def _distance_problems(street: Street) -> list[str]:
    lines = {(line.stream, line.name) for line in street.lines}
    problems = []
    for one in street.distances:
        between = f"the distance between {one.first!r} and {one.second!r}"
        if one.first == one.second:
            problems.append(f"{between} is of one line; name two")
        problems += [
            f"{between} names {name!r}, which is no line; draw it first"
            for name in (one.first, one.second)
            if (one.stream, name) not in lines
        ]
    return problems


def _position_problems(street: Street, streams: Collection[str] | None) -> list[str]:
    """Without a camera a position is that of all which have none of their own."""
    named = [one.stream for one in street.positions]
    problems = [
        f"there are two positions of {name or 'the device'}; keep one"
        for name in named
        if named.count(name) > 1
    ]
    if streams is not None:
        known = sorted(name for name in streams if name)
        there = f"it has: {', '.join(known)}" if known else "leave stream out"
        problems += [
            f"a position is of the camera {name!r}, which the device lacks; {there}"
            for name in named
            if name and name not in known
        ]
    return problems


def _shape_problems(street: Street) -> list[str]:
    problems = [
        f"line {line.name!r} has no length; give it two ends"
        for line in street.lines
        if line.ends[0] == line.ends[1]
    ]
    for kind, areas in (("zone", street.zones), ("mask", street.masks)):
        for one in areas:
            problems += _area_problems(f"{kind} {one.name!r}", one.corners)
    size = (street.width, street.height)
    problems += [
        f"{one.name!r} lies outside of pictures of {size[0]}x{size[1]}; move it, or set width and"
        " height to the size that it is drawn in"
        for one in _drawn(street)
        if all(size) and _misses(_corners(one), size)
    ]
    problems += [
        f"{one.name!r} lies outside of every picture, for its pixels are negative; are these"
        " degrees? Draw in pixels of the camera's picture"
        for one in _drawn(street)
        if not all(size) and _misses(_corners(one), (inf, inf))
    ]
    return problems + [text for mask in street.masks if (text := _outside(mask, size))]


def _area_problems(named: str, corners: Sequence[Corner]) -> list[str]:
    if len(set(corners)) < 3 or not area(corners):
        return [f"{named} has no area; give it three corners or more"]
    if _crosses_itself(corners):
        return [f"{named} crosses itself; order its corners around it"]
    return []


def _outside(mask: StreetMask, size: tuple[int, int]) -> str:
    """A mask ends at the picture's edge: what lies beyond it was drawn in another size."""
    width, height = size
    for x, y in mask.corners if all(size) else ():
        if not (0 <= x <= width and 0 <= y <= height):
            return (
                f"mask {mask.name!r} has a corner at {x:g}, {y:g}, outside of pictures of"
                f" {width}x{height}; move it to the edge, or set width and height to the size that"
                " it is drawn in"
            )
    return ""


def area(corners: Sequence[Corner]) -> float:
    """Twice the signed area; positive: clockwise on a screen."""
    pairs = zip(corners, [*corners[1:], *corners[:1]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)


def _drawn(street: Street) -> list[Drawn]:
    return [*street.lines, *street.zones, *street.masks]


def _corners(one: Drawn) -> Sequence[Corner]:
    return one.ends if isinstance(one, StreetLine) else one.corners


def _misses(corners: Sequence[Corner], size: tuple[float, float]) -> bool:
    if not corners:  # it has no area, and that is said
        return False
    across, down = [corner[0] for corner in corners], [corner[1] for corner in corners]
    return max(across) < 0 or max(down) < 0 or min(across) > size[0] or min(down) > size[1]


def _crosses_itself(corners: Sequence[Corner]) -> bool:
    edges = list(zip(corners, [*corners[1:], *corners[:1]], strict=True))
    last = len(edges) - 1
    return any(
        cross_each_other(*edges[first], *edges[second])
        for first in range(len(edges))
        for second in range(first + 2, len(edges))
        if (first, second) != (0, last)
    )


def cross_each_other(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Whether a-b and c-d have a point in common that is an end of neither."""
    parted = side(a, b, c) * side(a, b, d) < 0, side(c, d, a) * side(c, d, b) < 0
    return all(parted)


def side(a: Corner, b: Corner, point: Corner) -> float:
    """Of the line from a to b; 0: on it, positive: to its right on a screen."""
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
