"""Lines and zones that a mask covers a part of: counted on, but seldom meant. Pure."""

from collections.abc import Sequence

from lamplighter_wire.messages import Street, StreetLine, StreetMask, StreetZone
from lamplighter_wire.messages.configuration import Corner
from lamplighter_wire.street.problems import cross_each_other, side

Edge = tuple[Corner, Corner]


def mask_problems(street: Street | None) -> list[str]:
    """Lines and edges of zones that a mask of their camera covers a part of, with the remedy."""
    if street is None:
        return []
    counted: list[StreetLine | StreetZone] = [*street.lines, *street.zones]
    return [
        f"mask {mask.name!r} lies across {_named(one)}: whoever crosses it there is not counted;"
        " move one of them"
        for mask in street.masks
        for one in counted
        if one.stream == mask.stream and any(_meet(edge, mask) for edge in _edges(one))
    ]


def _named(one: StreetLine | StreetZone) -> str:
    kind = "line" if isinstance(one, StreetLine) else "an edge of zone"
    return f"{kind} {one.name!r}"


def _edges(one: StreetLine | StreetZone) -> list[Edge]:
    return [(one.ends[0], one.ends[1])] if isinstance(one, StreetLine) else _ring(one.corners)


def _ring(corners: Sequence[Corner]) -> list[Edge]:
    return list(zip(corners, [*corners[1:], *corners[:1]], strict=True))


def _meet(edge: Edge, mask: StreetMask) -> bool:
    """Whether it goes through the mask or lies in it; along its border is beside it."""
    (x1, y1), (x2, y2) = edge
    around = _ring(mask.corners)
    if any(cross_each_other(*edge, *border) for border in around):
        return True
    middle = ((x1 + x2) / 2, (y1 + y2) / 2)
    return not any(_is_on(border, middle) for border in around) and _is_in(around, middle)


def _is_on(border: Edge, point: Corner) -> bool:
    (x1, y1), (x2, y2), (x, y) = *border, point
    between = min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)
    return between and side(*border, point) == 0


def _is_in(around: Sequence[Edge], point: Corner) -> bool:
    """By how often a ray to the right crosses the border."""
    x, y = point
    crossed = [
        (x1, y1, x2, y2)
        for (x1, y1), (x2, y2) in around
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1)
    ]
    return len(crossed) % 2 == 1
