"""Intervals as other programs want them: one for each camera and time, with its zeros. Pure.

Where lines changed within an interval it is there once for each version of them. A context broker
has one state for a movement, so these are put together, and say that they were.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.watched import CHANGED, reasons

Pair = tuple[str, str]
"""A movement and a class."""
# Windows are seconds long, and come within one or two of them.
SETTLES_S = 120.0
Counts = Mapping[str, Mapping[str, int]]


def settled(intervals: Iterable[StreetCount], now: float) -> list[StreetCount]:
    """Those whose figures are final: over, and so long ago that their last windows have come.

    now: wall clock. Programs take the first figure of an interval for all of it.
    """
    return [one for one in intervals if one.start + one.seconds + SETTLES_S <= now]


def seen_pairs(intervals: Iterable[StreetCount]) -> dict[tuple[str, int], set[Pair]]:
    """By camera and version of its lines, what was seen in them."""
    seen: dict[tuple[str, int], set[Pair]] = {}
    for interval in intervals:
        there = seen.setdefault((interval.stream, interval.street), set())
        for movement, by_class in (interval.counts or {}).items():
            there.update((movement, kind) for kind in by_class)
    return seen


def with_zeros(interval: StreetCount, pairs: Iterable[Pair]) -> StreetCount:
    """The same with a 0 for each of these that nobody took; a gap stays a gap."""
    if interval.counts is None:
        return interval
    counts = {movement: dict(by_class) for movement, by_class in interval.counts.items()}
    for movement, kind in pairs:
        counts.setdefault(movement, {}).setdefault(kind, 0)
    return msgspec.structs.replace(interval, counts=counts)


def whole_quarters(intervals: Iterable[StreetCount]) -> list[StreetCount]:
    """One for each device, camera and start, oldest first, with a 0 for what was seen in others
    over the same lines."""
    listed = list(intervals)
    seen = seen_pairs(listed)
    return one_each(with_zeros(one, sorted(seen[one.stream, one.street])) for one in listed)


def one_each(intervals: Iterable[StreetCount]) -> list[StreetCount]:
    """One for each device, camera and start, oldest first: versions of lines put together."""
    groups: dict[tuple[float, str, str], list[StreetCount]] = {}
    for one in intervals:
        groups.setdefault((one.start, one.device, one.stream), []).append(one)
    return [_together(group) for _place, group in sorted(groups.items())]


def _together(group: Sequence[StreetCount]) -> StreetCount:
    watched = [one for one in group if one.counts is not None]
    if len(watched) < 2:
        return (watched or group)[0]
    newest = max(watched, key=lambda one: one.street)
    speeds, weights = _speeds(watched)
    return msgspec.structs.replace(
        newest,
        counts=_added(one.counts or {} for one in watched),
        complete=False,
        trouble=_trouble(group, watched),
        notes=list(dict.fromkeys(note for one in watched for note in one.notes)),
        watched_s=sum(one.watched_s for one in watched),
        lost_s=sum(one.lost_s for one in watched),
        unserved_s=sum(one.unserved_s for one in watched),
        failed_s=sum(one.failed_s for one in watched),
        trial_s=sum(one.trial_s for one in watched),
        frames=sum(one.frames for one in watched),
        regimes_s=_added_seconds(one.regimes_s for one in watched),
        variants_s=_added_seconds(one.variants_s for one in watched),
        speed_kmh=speeds or None,
        speed_count=weights or None,
        occupancy=_occupancy(watched) or None,
    )


def _trouble(group: Sequence[StreetCount], watched: Sequence[StreetCount]) -> str:
    """That they are put together, and what is missing of the interval all the same."""
    changed = _changed(sorted(one.street for one in watched))
    why = dict.fromkeys(reason for one in group for reason in reasons(one.trouble))
    missing = [reason for reason in why if not reason.startswith(CHANGED)]
    if not missing:
        return changed
    missing_s = max(0.0, group[0].seconds - sum(one.watched_s for one in watched))
    return f"{changed}; {missing_s:.0f} s are missing: {'; '.join(missing)}"


def _changed(versions: Sequence[int]) -> str:
    named = " and ".join(map(str, versions))
    return f"its lines changed within it: what was counted over versions {named} is added up"


def _added(several: Iterable[Counts]) -> dict[str, dict[str, int]]:
    total: dict[str, dict[str, int]] = {}
    for counts in several:
        for movement, by_class in counts.items():
            there = total.setdefault(movement, {})
            for kind, number in by_class.items():
                there[kind] = there.get(kind, 0) + number
    return total


def _added_seconds(several: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for by_name in several:
        for name, seconds in by_name.items():
            total[name] = total.get(name, 0.0) + seconds
    return total


def _speeds(watched: Sequence[StreetCount]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Space mean speeds over all that were measured, and of how many."""
    weights = _added(one.speed_count or {} for one in watched)
    hours: dict[Pair, float] = {}
    for one in watched:
        for movement, by_class in (one.speed_kmh or {}).items():
            for kind, kmh in by_class.items():
                number = (one.speed_count or {}).get(movement, {}).get(kind, 0)
                hours[movement, kind] = hours.get((movement, kind), 0.0) + number / kmh
    speeds: dict[str, dict[str, float]] = {}
    for (movement, kind), taken in hours.items():
        if taken > 0:
            kmh = round(weights[movement][kind] / taken, 1)
            speeds.setdefault(movement, {})[kind] = kmh
    return speeds, weights


def _occupancy(watched: Sequence[StreetCount]) -> dict[str, float]:
    """Of each line or zone over the seconds in which it was there."""
    seconds: dict[str, float] = {}
    occupied_s: dict[str, float] = {}
    for one in watched:
        for name, share in (one.occupancy or {}).items():
            seconds[name] = seconds.get(name, 0.0) + one.watched_s
            occupied_s[name] = occupied_s.get(name, 0.0) + share * one.watched_s
    return {name: round(occupied_s[name] / over, 4) for name, over in seconds.items() if over > 0}
