"""How much of a time was watched, and what is missing of it. Pure."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from lamplighter_client.documents.street.intervals import UNPROVEN, StreetCount

NOT_OVER = "it is not over yet"
CHANGED = "lines changed: "  # so begins what is told of the other versions of the lines


class Gap(NamedTuple):
    """A time of a stream, in whole intervals, of which some or all is missing, and why."""

    stream: str
    begin: float  # wall clock, by the device
    end: float
    reasons: tuple[str, ...]


def reasons(trouble: str) -> list[str]:
    """Why an interval is not whole, in short: without for how long."""
    found = []
    for part in trouble.split("; "):
        reason = re.split(r"(?:are missing|nothing was watched): ", part)[-1].split(" for ")[0]
        if reason and reason != NOT_OVER:
            found.append(reason)
    return found


def short_notes(intervals: Iterable[StreetCount]) -> list[str]:
    """What is to be known beside the counts of some intervals, each thing once."""
    listed = list(intervals)
    notes = (note.split(" for ")[0].split(": ")[0] for one in listed for note in other_notes(one))
    unproven = unproven_regimes(listed)
    return [*dict.fromkeys(notes), *([UNPROVEN + ", ".join(unproven)] if unproven else [])]


def unproven_regimes(intervals: Iterable[StreetCount]) -> list[str]:
    """Regimes in which a variant served whose error of counts is only estimated there."""
    told = (note for one in intervals for note in one.notes if note.startswith(UNPROVEN))
    return sorted({regime for note in told for regime in note.removeprefix(UNPROVEN).split(", ")})


def other_notes(interval: StreetCount) -> list[str]:
    """All notes of an interval but that one."""
    return [note for note in interval.notes if not note.startswith(UNPROVEN)]


def gaps(intervals: Sequence[StreetCount]) -> list[Gap]:
    """What is missing, in the order of time; intervals in a row with the same reasons are one."""
    found: list[Gap] = []
    for (stream, begin), several in groupby(
        sorted(intervals, key=_place), key=lambda one: _place(one)[:2]
    ):
        listed = list(several)
        why = tuple(dict.fromkeys(reason for one in listed for reason in reasons(one.trouble)))
        before = found[-1] if found else None
        if why and before and (before.stream, before.end, before.reasons) == (stream, begin, why):
            found[-1] = before._replace(end=begin + listed[0].seconds)
        elif why:
            found.append(Gap(stream, begin, begin + listed[0].seconds, why))
    return sorted(found, key=lambda gap: (gap.begin, gap.stream))


def watched_share(intervals: Iterable[StreetCount], until: float) -> float:
    """Of the time of all streams up to a wall time, 0 to 1; versions of the lines together."""
    listed = list(intervals)
    slots = {(one.stream, one.start): min(one.seconds, until - one.start) for one in listed}
    passed_s = sum(max(0.0, seconds) for seconds in slots.values())
    watched_s = sum(one.watched_s for one in listed)
    return min(1.0, watched_s / passed_s) if passed_s > 0 else 0.0


def _place(interval: StreetCount) -> tuple[str, float]:
    return interval.stream, interval.start
