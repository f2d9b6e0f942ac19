"""What a device's sights say of its street in one regime: who passes there, and how hard they are
to see beyond their heights."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.street.height_curves import Floats, Rates, ap50_over, road_users

from lamplighter_controller.domain.street.sights import CELLS, Sight
from lamplighter_controller.domain.variants import VariantSpec

# Boxes of a regime, from which on their heights say more than the mean of other cameras.
LEAST_BOXES = 300
# Windows with an agreement; each holds about one picture that two points looked at.
LEAST_COMPARED = 20
# What an accuracy may be said to be: shares of it are told, and nothing is a share of nothing.
LEAST, MOST = 0.01, 0.99

Points = Mapping[str, VariantSpec]  # by "variant@384x288"


class SeenStreet(NamedTuple):
    """What was seen in one regime.

    Attributes:
        users: road users by cell, for one picture.
        lack: what all points miss there, over what heights let expect.
        spread: of what the agreement says; None: no agreement is known, and `lack` is 1.
    """

    task: str
    users: Floats
    lack: float = 1.0
    spread: float | None = None


class _Lack(NamedTuple):
    """By one point's agreement; it counts by the windows behind it."""

    lack: float
    windows: float
    spread: float


def seen_street(points: Points, sights: Sequence[Sight]) -> SeenStreet | None:
    """From the sights of one regime; None where too little was seen, or by points that nothing was
    measured of."""
    known = [(sight, rates) for sight in sights if (rates := _rates(points, sight.point, sight))]
    if sum(sum(sight.cells) for sight, _ in known) < LEAST_BOXES:
        return None
    pictures = sum(sight.pictures for sight, _ in known)
    each = [
        road_users(rates, np.array(sight.cells, float), sight.threshold) for sight, rates in known
    ]
    users = np.sum(each, axis=0) / max(pictures, 1)
    task, lacks = (
        points[known[0][0].point].task,
        list(_lacks(points, users, [sight for sight, _ in known])),
    )
    if not lacks:
        return SeenStreet(task, users)
    total = sum(one.windows for one in lacks)
    lack = sum(one.lack * one.windows for one in lacks) / total
    return SeenStreet(task, users, lack, max(one.spread for one in lacks))


def within(ap50: float) -> float:
    """The nearest that an accuracy may be said to be."""
    return min(MOST, max(LEAST, ap50))


def points_of(specs: Sequence[VariantSpec]) -> dict[str, VariantSpec]:
    """By their names."""
    return {spec.at(*parse_size(size)).key: spec for spec in specs for size in spec.expected_ap50}


def _rates(points: Points, point: str, sight: Sight) -> Rates | None:
    """Of a point in the regime of a sight; None where nothing was measured of it."""
    spec = points.get(point)
    is_whole = len(sight.cells) == CELLS
    return spec.rates_in(_size(point), sight.regime) if spec and is_whole else None


def _lacks(points: Points, users: Floats, sights: Sequence[Sight]) -> Iterator[_Lack]:
    """By each agreement of a point with another one that was seen often enough: what it tells of
    the weaker of both."""
    for sight in sights:
        if _is_compared(sight):
            both = sight.point, sight.reference
            for weaker, better in (both, both[::-1]):
                lack = _lack(points, users, sight, weaker, better)
                if lack is not None:
                    yield lack


def _lack(points: Points, users: Floats, sight: Sight, weaker: str, better: str) -> _Lack | None:
    """None where nobody has measured what their agreement tells of the weaker one."""
    spec, other, rates = points.get(weaker), points.get(better), _rates(points, weaker, sight)
    if spec is None or other is None or rates is None or spec.camera_figures is None:
        return None
    figures, size = spec.camera_figures, _size(weaker)
    line = figures.by_agreement.get(size, {}).get(f"{other.parent}@{_size(better)}")
    if line is None:
        return None
    said = within(line.at(sight.agreement, sight.regime))
    usual = within(figures.by_heights[size].at(ap50_over(rates, users), sight.regime))
    return _Lack((1 - said) / (1 - usual), sight.compared, line.spread)


def _size(point: str) -> str:
    return point.rpartition("@")[2]


def _is_compared(sight: Sight) -> bool:
    return sight.compared >= LEAST_COMPARED and sight.agreed_boxes > 0
