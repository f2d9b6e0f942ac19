"""What may cross a street, so that nobody who did is told as 0.

Known are the lines and zones that a device counts on, both ways, and whatever was seen in the last
day, in each class that was seen in the last day. What is forgotten was told as 0 before.
"""

import threading
from collections.abc import Callable, Iterable

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.whole_quarters import Pair, one_each, with_zeros
from lamplighter_wire.messages import Street

from lamplighter_controller.services.street.counts import DAY_S, StreetCounts
from lamplighter_controller.store.configurations.stores import ConfigurationStore

# Of versions of a configuration: older lines are no longer told of.
VERSIONS = 20
Version = tuple[str, int]
"""A camera, and the version of its lines."""
Lines = Callable[[int], Street | None]


class KnownMovements:
    """Remembers what it was shown; of a device that it does not know it reads the last day."""

    def __init__(self, counts: StreetCounts, configurations: ConfigurationStore) -> None:
        self._counts, self._configurations = counts, configurations
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def completed(self, device: str, intervals: Iterable[StreetCount]) -> list[StreetCount]:
        """These, one for each camera and time, with a 0 for whatever is known and did not come."""
        listed = list(intervals)
        if not listed:
            return []
        with self._lock:
            seen = self._seen_of(device, listed[0].start)
            for one in sorted(listed, key=lambda one: one.start):
                seen.note(one)
        lines = self._lines(device, {one.street for one in listed if one.street})
        return one_each(with_zeros(one, seen.pairs(one, lines.get(one.street))) for one in listed)

    def _seen_of(self, device: str, start: float) -> "_Seen":
        if device not in self._seen:
            self._seen[device] = seen = _Seen()
            for one in self._counts.counts(device, start - DAY_S, start):
                seen.note(one)
        return self._seen[device]

    def _lines(self, device: str, versions: set[int]) -> dict[int, Street | None]:
        """The lines of some versions."""
        newest = self._configurations.configuration(device) if versions else None
        if newest is None or versions <= {newest.street_version}:
            return {} if newest is None else {newest.street_version: newest.street}
        kept = self._configurations.configurations(device, VERSIONS)
        return {one.street_version: one.street for one in kept}


class _Seen:
    """What came before one device, and when last."""

    def __init__(self) -> None:
        self._movements: dict[Version, dict[str, float]] = {}
        self._classes: dict[str, dict[str, float]] = {}  # by camera

    def note(self, interval: StreetCount) -> None:
        """What was seen in one, and was not seen for a day before it is forgotten."""
        movements = self._movements.setdefault((interval.stream, interval.street), {})
        classes = self._classes.setdefault(interval.stream, {})
        for movement, by_class in (interval.counts or {}).items():
            _note(movements, [movement], interval.start)
            _note(classes, by_class, interval.start)
        for known in (*self._movements.values(), *self._classes.values()):
            for name in [name for name, at in known.items() if at < interval.start - DAY_S]:
                del known[name]

    def pairs(self, interval: StreetCount, street: Street | None) -> list[Pair]:
        """What may come in an interval."""
        seen = self._movements.get((interval.stream, interval.street), {})
        movements = [*seen, *_both_ways(street, interval.stream)]
        return [(name, kind) for name in movements for kind in self._classes[interval.stream]]


def _note(known: dict[str, float], names: Iterable[str], at: float) -> None:
    known |= {name: max(at, known.get(name, 0.0)) for name in names}


def _both_ways(street: Street | None, stream: str) -> list[str]:
    if street is None:
        return []
    lines = [line.name for line in street.lines if line.stream in ("", stream)]
    zones = [zone.name for zone in street.zones if zone.stream in ("", stream)]
    return [f"{name}/{way}" for name in (*lines, *zones) for way in ("in", "out")]
