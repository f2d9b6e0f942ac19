"""What crossed a street in a quarter of an hour, and how much of it was watched. Pure.

Kept apart from telemetry: its figures are for weeks, counts are for years. An interval in which
nothing was watched is a gap and never a zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from lamplighter_controller.domain.telemetry.summary import added_counts, stretch_of

INTERVAL_S = 900
Counts = Mapping[str, Mapping[str, int]]


class Weighed(NamedTuple):
    """A mean over so many vehicles or seconds."""

    weight: float
    mean: float


class StreetInterval(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of a street from `start` on, by the device's clock.

    Attributes:
        street: version of the lines and zones that it was counted over; 0: the device's own.
        watched_s: seconds in which frames were looked at, or rested as nothing moved.
        lost_s: those in which the camera gave none.
        unserved_s: those in which no model served it.
        failed_s: those whose frames failed.
        trial_s: those of the watched ones in which a deployment's own work went on.
        frames: looked at.
        counts: by movement and class.
        regimes_s: watched seconds by regime in text form.
        variants_s: watched seconds by the variant that served.
        points_s: the same by its operating point ("variant@384x288") and regime.
        paces: "movement/class" -> how many were measured, and what a kilometre took them, s.
        occupancy: line or zone -> watched seconds, and in which share of them it was occupied.
    """

    device: str
    stream: str = ""
    start: float
    street: int = 0
    watched_s: float = 0.0
    lost_s: float = 0.0
    unserved_s: float = 0.0
    failed_s: float = 0.0
    trial_s: float = 0.0
    frames: int = 0
    counts: Counts = {}
    regimes_s: Mapping[str, float] = {}
    variants_s: Mapping[str, float] = {}
    points_s: Mapping[str, Mapping[str, float]] = {}
    paces: Mapping[str, Weighed] = {}
    occupancy: Mapping[str, Weighed] = {}

    @property
    def told_s(self) -> float:
        """Seconds of which the device has told, whatever became of them."""
        return self.watched_s + self.lost_s + self.unserved_s + self.failed_s


def together(
    intervals: Iterable[StreetInterval], interval_s: int = INTERVAL_S
) -> list[StreetInterval]:
    """One for each stream, stretch of time and version of the street, oldest first."""
    groups: dict[tuple[float, str, str, int], list[StreetInterval]] = {}
    for one in intervals:
        place = stretch_of(one.start, interval_s), one.device, one.stream, one.street
        groups.setdefault(place, []).append(one)
    return [_merged(place[0], group) for place, group in sorted(groups.items())]


def _merged(start: float, group: Sequence[StreetInterval]) -> StreetInterval:
    first = group[0]
    return StreetInterval(
        device=first.device,
        stream=first.stream,
        start=start,
        street=first.street,
        watched_s=sum(one.watched_s for one in group),
        lost_s=sum(one.lost_s for one in group),
        unserved_s=sum(one.unserved_s for one in group),
        failed_s=sum(one.failed_s for one in group),
        trial_s=sum(one.trial_s for one in group),
        frames=sum(one.frames for one in group),
        counts=added_counts(one.counts for one in group),
        regimes_s=_added(one.regimes_s for one in group),
        variants_s=_added(one.variants_s for one in group),
        points_s=_added_apart(one.points_s for one in group),
        paces=_mixed(one.paces for one in group),
        occupancy=_mixed(one.occupancy for one in group),
    )


def _added(several: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for by_name in several:
        for name, seconds in by_name.items():
            total[name] = total.get(name, 0.0) + seconds
    return total


def _added_apart(
    several: Iterable[Mapping[str, Mapping[str, float]]],
) -> dict[str, dict[str, float]]:
    apart: dict[str, list[Mapping[str, float]]] = {}
    for by_point in several:
        for point, by_regime in by_point.items():
            apart.setdefault(point, []).append(by_regime)
    return {point: _added(by_regimes) for point, by_regimes in apart.items()}


def _mixed(several: Iterable[Mapping[str, Weighed]]) -> dict[str, Weighed]:
    """Means over all vehicles or seconds."""
    total: dict[str, Weighed] = {}
    for by_name in several:
        for name, one in by_name.items():
            there = total.get(name, Weighed(0.0, 0.0))
            weight = there.weight + one.weight
            if weight > 0:
                mean = (there.weight * there.mean + one.weight * one.mean) / weight
                total[name] = Weighed(weight, mean)
    return total


def gap(device: str, stream: str, start: float) -> StreetInterval:
    """An interval of which nothing is known."""
    return StreetInterval(device=device, stream=stream, start=start)
