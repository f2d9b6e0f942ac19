"""How many vehicles entered a street, and how many people on foot. Pure.

A road user crosses several lines and is one all the same: those enter who came in over a line or
into a zone. Turns say how they are shared out, and miss every track that is lost on its way.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lamplighter_client.documents.street.intervals import NO_LINES, StreetCount
from lamplighter_client.street.peak_hour import Quarter

ON_FOOT = "person"
INWARDS = "/in"


class Volume(NamedTuple):
    """How many; people on foot are no part of the vehicles."""

    vehicles: int = 0
    on_foot: int = 0


def volume_of(by_class: Mapping[str, int]) -> Volume:
    """Of counts by class."""
    on_foot = by_class.get(ON_FOOT, 0)
    return Volume(sum(by_class.values()) - on_foot, on_foot)


def entered(interval: StreetCount) -> dict[str, int]:
    """Who entered within an interval, by class: over a line or into a zone."""
    return entered_in([interval])


def entered_in(intervals: Iterable[StreetCount]) -> dict[str, int]:
    """Of several intervals."""
    total: dict[str, int] = {}
    for interval in intervals:
        for name, by_class in (interval.counts or {}).items():
            if name.endswith(INWARDS):
                for kind, count in by_class.items():
                    total[kind] = total.get(kind, 0) + count
    return total


def entered_volume(interval: StreetCount) -> Volume | None:
    """None of a gap, and where no lines are drawn."""
    return volume_of(entered(interval)) if is_counted(interval) else None


def is_counted(interval: StreetCount) -> bool:
    """Whether somebody who crossed would be in its counts: it was watched, and has lines."""
    return interval.counts is not None and NO_LINES not in interval.notes


def quarters(intervals: Sequence[StreetCount]) -> list[Quarter]:
    """The vehicles that entered in complete intervals, for the peak hour; streams added up.

    A camera without lines takes no part.
    """
    by_start: dict[float, list[StreetCount]] = {}
    for interval in intervals:
        if NO_LINES not in interval.notes:
            by_start.setdefault(interval.start, []).append(interval)
    return [
        Quarter(start, _vehicles(several) if all(one.complete for one in several) else None)
        for start, several in sorted(by_start.items())
    ]


def _vehicles(several: Iterable[StreetCount]) -> int:
    return volume_of(entered_in(several)).vehicles
