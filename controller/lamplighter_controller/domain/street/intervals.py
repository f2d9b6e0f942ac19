"""What crossed a street in a quarter of an hour, and how much of it was watched. Pure.

Kept apart from telemetry: its figures are for weeks, counts are for years. An interval in which
nothing was watched is a gap and never a zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from lamplighter_wire.enums import SourceState

from lamplighter_controller.domain.telemetry.summary import (
    OCCUPANCY,
    PACE,
    Summary,
    added_counts,
    stretch_of,
)

INTERVAL_S = 900
# Seconds of an interval that may be missing before it counts as incomplete: windows straddle.
COMPLETE_SHARE = 0.95
Counts = Mapping[str, Mapping[str, int]]


class Weighed(NamedTuple):
    """A mean over so many vehicles or seconds."""

    weight: float
    mean: float


class StreetInterval(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of a street from `start` on, by the device's clock.

    Attributes:
        street: version of the lines and zones that it was counted over; 0: the device's own.
        watched_s: seconds in which frames were looked at.
        lost_s: those in which the camera gave none.
        trial_s: those of the watched ones in which a deployment's own work went on.
        frames: looked at.
        counts: by movement and class.
        regimes_s: watched seconds by regime in text form.
        variants_s: watched seconds by the variant that served.
        paces: "movement/class" -> how many were measured, and what a kilometre took them, s.
        occupancy: line or zone -> watched seconds, and in which share of them it was occupied.
    """

    device: str
    stream: str = ""
    start: float
    street: int = 0
    watched_s: float = 0.0
    lost_s: float = 0.0
    trial_s: float = 0.0
    frames: int = 0
    counts: Counts = {}
    regimes_s: Mapping[str, float] = {}
    variants_s: Mapping[str, float] = {}
    paces: Mapping[str, Weighed] = {}
    occupancy: Mapping[str, Weighed] = {}


def intervals_of(
    summaries: Iterable[Summary], interval_s: int = INTERVAL_S
) -> list[StreetInterval]:
    """Summaries of five minutes as intervals, oldest first; several lines' versions apart."""
    return together((_of(summary) for summary in summaries), interval_s)


def together(
    intervals: Iterable[StreetInterval], interval_s: int = INTERVAL_S
) -> list[StreetInterval]:
    """One for each stream, stretch of time and version of the street, oldest first."""
    groups: dict[tuple[float, str, str, int], list[StreetInterval]] = {}
    for one in intervals:
        place = stretch_of(one.start, interval_s), one.device, one.stream, one.street
        groups.setdefault(place, []).append(one)
    return [_merged(place[0], group) for place, group in sorted(groups.items())]


def _of(summary: Summary) -> StreetInterval:
    under = summary.conditions
    is_lost = under.source_state != SourceState.OK
    watched_s = 0.0 if is_lost else summary.seconds
    return StreetInterval(
        device=summary.device,
        stream=summary.stream,
        start=summary.start,
        street=under.street,
        watched_s=watched_s,
        lost_s=summary.seconds if is_lost else 0.0,
        trial_s=watched_s if under.disturbed else 0.0,
        frames=summary.frames,
        counts=summary.counts,
        regimes_s={str(under.regime): watched_s} if watched_s else {},
        variants_s={under.serving.variant: watched_s} if watched_s else {},
        paces=_figures_of(summary, PACE),
        occupancy=_figures_of(summary, OCCUPANCY),
    )


def _merged(start: float, group: Sequence[StreetInterval]) -> StreetInterval:
    first = group[0]
    return StreetInterval(
        device=first.device,
        stream=first.stream,
        start=start,
        street=first.street,
        watched_s=sum(one.watched_s for one in group),
        lost_s=sum(one.lost_s for one in group),
        trial_s=sum(one.trial_s for one in group),
        frames=sum(one.frames for one in group),
        counts=added_counts(one.counts for one in group),
        regimes_s=_added(one.regimes_s for one in group),
        variants_s=_added(one.variants_s for one in group),
        paces=_mixed(one.paces for one in group),
        occupancy=_mixed(one.occupancy for one in group),
    )


def _added(several: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for by_name in several:
        for name, seconds in by_name.items():
            total[name] = total.get(name, 0.0) + seconds
    return total


def _figures_of(summary: Summary, prefix: str) -> dict[str, Weighed]:
    return {
        name.removeprefix(prefix): Weighed(spread.weight, spread.mean)
        for name, spread in summary.figures.items()
        if name.startswith(prefix)
    }


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


def trouble_of(interval: StreetInterval, interval_s: float) -> str:
    """Why its counts are not those of the whole interval, in words; empty where they are."""
    missing_s = interval_s - interval.watched_s
    if missing_s <= (1 - COMPLETE_SHARE) * interval_s:
        return ""
    whole = "nothing was watched" if not interval.watched_s else f"{missing_s:.0f} s are missing"
    if interval.lost_s:
        return f"{whole}: the camera was lost for {interval.lost_s:.0f} s"
    return f"{whole}: the device told nothing"


def gap(device: str, stream: str, start: float) -> StreetInterval:
    """An interval of which nothing is known."""
    return StreetInterval(device=device, stream=stream, start=start)
