"""How many vehicles entered a street, and how many people on foot. Pure.

A road user crosses several lines and is one all the same: those enter who took a turn, where a
street counts turns, and who came in over a line or into a zone elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lamplighter_wire.street.turns import is_turn

from lamplighter_client.documents.street.intervals import StreetCount
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


class Entries:
    """Who enters, of intervals; a street that turned nobody in any of them counts no turns."""

    def __init__(self, intervals: Iterable[StreetCount]) -> None:
        self._turning = {
            (one.stream, one.street) for one in intervals if any(map(is_turn, one.counts or {}))
        }

    def by_class(self, interval: StreetCount) -> dict[str, int]:
        """Who entered within an interval."""
        has_turns = (interval.stream, interval.street) in self._turning
        total: dict[str, int] = {}
        for name, by_class in (interval.counts or {}).items():
            if is_turn(name) if has_turns else name.endswith(INWARDS):
                for kind, count in by_class.items():
                    total[kind] = total.get(kind, 0) + count
        return total

    def volume(self, interval: StreetCount) -> Volume | None:
        """None of a gap."""
        return None if interval.counts is None else volume_of(self.by_class(interval))

    def total(self, intervals: Iterable[StreetCount]) -> dict[str, int]:
        """Of several intervals, by class."""
        total: dict[str, int] = {}
        for interval in intervals:
            for kind, count in self.by_class(interval).items():
                total[kind] = total.get(kind, 0) + count
        return total


def quarters(intervals: Sequence[StreetCount]) -> list[Quarter]:
    """The vehicles that entered in complete intervals, for the peak hour; streams added up."""
    entries = Entries(intervals)
    by_start: dict[float, list[StreetCount]] = {}
    for interval in intervals:
        by_start.setdefault(interval.start, []).append(interval)
    return [
        Quarter(start, _vehicles(several, entries) if all(o.complete for o in several) else None)
        for start, several in sorted(by_start.items())
    ]


def _vehicles(several: Iterable[StreetCount], entries: Entries) -> int:
    return volume_of(entries.total(several)).vehicles
