"""What may cross a street, so that nobody who did is told as 0.

Known are the lines and zones that a device counts on, both ways, and whatever was seen in the last
day, in each class that was seen in the last day. What is forgotten was told as 0 before.
"""

import logging
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec
from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.whole_quarters import Pair, one_each, with_zeros
from lamplighter_wire.files import write_atomically
from lamplighter_wire.messages import Street

from lamplighter_controller.services.street.counts import DAY_S, StreetCounts
from lamplighter_controller.services.street.known_streets import known_streets, places_of
from lamplighter_controller.store.configurations.stores import ConfigurationStore

log = logging.getLogger(__name__)

# Read of a device that is not known: a whole day is a second of work.
FIRST_S = 3600.0
Times = dict[str, float]
"""When something was seen last, by name."""


class KnownMovements:
    """Remembers what it was shown, in a file once that is saved.

    Of a device that it does not know it reads the last hour. Used by several threads.
    """

    def __init__(
        self, counts: StreetCounts, configurations: ConfigurationStore, path: Path
    ) -> None:
        self._counts, self._configurations, self._path = counts, configurations, path
        self._seen = _read(path)
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
        versions = {one.street for one in listed if one.street}
        lines = known_streets(self._configurations, device, versions)
        return one_each(with_zeros(one, seen.pairs(one, lines.get(one.street))) for one in listed)

    def save(self) -> None:
        """What is known is on disk when it returns."""
        with self._lock:
            write_atomically(self._path, [msgspec.json.encode(self._seen)])

    def _seen_of(self, device: str, start: float) -> "_Seen":
        if device not in self._seen:
            self._seen[device] = seen = _Seen()
            for one in self._counts.counts(device, start - FIRST_S, start):
                seen.note(one)
        return self._seen[device]


class _Seen(msgspec.Struct):
    """What came before one device, and when last: by camera, movements by version of its lines."""

    movements: dict[str, dict[int, Times]] = {}
    classes: dict[str, Times] = {}

    def note(self, interval: StreetCount) -> None:
        """What was seen in one, and was not seen for a day before it is forgotten."""
        versions = self.movements.setdefault(interval.stream, {})
        movements = versions.setdefault(interval.street, {})
        classes = self.classes.setdefault(interval.stream, {})
        for movement, by_class in (interval.counts or {}).items():
            _note(movements, [movement], interval.start)
            _note(classes, by_class, interval.start)
        for known in (*versions.values(), classes):
            for name in [name for name, at in known.items() if at < interval.start - DAY_S]:
                del known[name]
        for version in [version for version, known in versions.items() if not known]:
            del versions[version]

    def pairs(self, interval: StreetCount, street: Street | None) -> list[Pair]:
        """What may come in an interval."""
        seen = self.movements[interval.stream].get(interval.street, {})
        movements = [*seen, *_both_ways(street, interval.stream)]
        return [(name, kind) for name in movements for kind in self.classes[interval.stream]]


def _read(path: Path) -> dict[str, _Seen]:
    """Empty where there is no such file, or none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Seen])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read (%s): zeros are told of the last hour's", path, error)
        return {}


def _note(known: Times, names: Iterable[str], at: float) -> None:
    known |= {name: max(at, known.get(name, 0.0)) for name in names}


def _both_ways(street: Street | None, stream: str) -> list[str]:
    if street is None:
        return []
    return [f"{name}/{way}" for name in places_of(street, stream) for way in ("in", "out")]
