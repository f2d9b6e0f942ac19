"""Counts of a street for reading: those kept for good, and those of the last hours."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from lamplighter_client.documents.street.intervals import NO_LINES, StreetCount
from lamplighter_client.street.watched import NOT_OVER
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.streams import told_streams
from lamplighter_controller.domain.street.gap_reasons import (
    notes_of,
    others_s,
    trouble_of,
    unproven_in,
)
from lamplighter_controller.domain.street.intervals import (
    INTERVAL_S,
    StreetInterval,
    gap,
    together,
)
from lamplighter_controller.domain.street.window_intervals import intervals_of
from lamplighter_controller.domain.telemetry.summary import stretch_of
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.services.street.known_streets import known_streets, without_lines
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import DeviceRecord

DAY_S = 86_400.0
S_PER_KM = 3600.0  # at 1 km/h
# Intervals that are read at once: of one stream, ten days in quarters of an hour.
PAGE_STEPS = 960
# The newest window is still open, and the one before may be on its way.
LATE_WINDOWS = 2
USUAL_WINDOW_S = 10.0


class CountsPage(NamedTuple):
    """Some intervals, and where the next ones begin; None behind the last."""

    counts: list[StreetCount]
    end: float | None


class StreetCounts:
    """What crossed the streets of a device, gaps among it.

    variant_of: a variant of the catalogue; None where nothing is known of it.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        variant_of: Callable[[str], VariantSpec | None] = lambda _variant: None,
    ) -> None:
        self._store, self._clock, self._variant_of = store, clock, variant_of

    def page(
        self, device: str, since: float, until: float, interval_s: int, stream: str | None
    ) -> CountsPage:
        """The first intervals within [since, until); 0 is a day ago, and now.

        Gaps are told from the interval on in which the device enrolled.

        Raises:
            InvalidError: the device has no such stream.
        """
        record = self._store.device(device)
        if stream is not None:
            _check_stream(record, stream)
        end = min(until or math.inf, self._clock.time())
        begin = since or end - DAY_S
        page_end = stretch_of(begin, interval_s) + PAGE_STEPS * interval_s
        counts = self.counts(device, begin, min(end, page_end), interval_s, stream)
        born = stretch_of(record.enrolled_at, interval_s)
        since_then = [one for one in counts if one.start >= born or _is_told(one)]
        return CountsPage(since_then, page_end if page_end < end else None)

    def counts(
        self,
        device: str,
        since: float,
        until: float,
        interval_s: int = INTERVAL_S,
        stream: str | None = None,
    ) -> list[StreetCount]:
        """Each interval that begins within [since, until), oldest first; up to now."""
        record = self._store.device(device)
        now = self._clock.time()
        first = stretch_of(since, interval_s)
        last = min(math.ceil(until / interval_s) * interval_s, now)
        known = self._known(device, first, last, interval_s, stream)
        names = [stream] if stream is not None else _streams(record, known)
        there = {(interval.start, interval.stream) for interval in known}
        steps = range(max(0, -int((first - last) // interval_s)))
        gaps = [
            gap(device, name, start)
            for start in (first + n * interval_s for n in steps)
            for name in names
            if (start, name) not in there
        ]
        both = sorted([*known, *gaps], key=lambda one: (one.start, one.stream, one.street))
        return self._documents(record, both, interval_s)

    def _known(
        self, device: str, first: float, last: float, interval_s: int, stream: str | None
    ) -> list[StreetInterval]:
        kept = self._store.street_intervals(device, first, last, stream)
        present = self._store.windows_between(device, first, last, stream)
        return together([*kept, *intervals_of(present)], interval_s)

    def _documents(
        self, record: DeviceRecord, intervals: Sequence[StreetInterval], interval_s: int
    ) -> list[StreetCount]:
        by_start: dict[float, list[StreetInterval]] = {}
        for one in intervals:
            by_start.setdefault(one.start, []).append(one)
        specs = {name: self._variant_of(name) for one in intervals for name in one.variants_s}
        known = {name: spec for name, spec in specs.items() if spec is not None}
        streets = known_streets(
            self._store, record.id, {one.street for one in intervals if one.street}
        )
        lineless = without_lines(intervals, streets)
        span = _Span(interval_s, self._clock.time(), LATE_WINDOWS * _window_s(record))
        return [
            _document(one, span, others_s(one, by_start[one.start]), _notes(one, known, lineless))
            for one in intervals
        ]


class _Span(NamedTuple):
    """How long intervals are, when they are read, and how late windows may be by then."""

    interval_s: int
    now: float
    late_s: float

    def passed_s(self, start: float) -> float:
        """Of one that began then."""
        return min(float(self.interval_s), self.now - start)


def _is_told(count: StreetCount) -> bool:
    """Whether anything is known of it: of before a device enrolled again."""
    return count.watched_s + count.lost_s + count.unserved_s + count.failed_s > 0


def _check_stream(record: DeviceRecord, stream: str) -> None:
    told = told_streams(record.capabilities)
    if told is None or stream in {*told, *record.streams}:
        return
    known = ", ".join(filter(None, told))
    remedy = f"it has {known}" if known else "its only camera has no name, so leave stream out"
    raise InvalidError(f"stream {stream!r}: {record.id} has no such camera: {remedy}")


def _streams(record: DeviceRecord, known: Sequence[StreetInterval]) -> list[str]:
    """Those that it has by its own word, also where they are silent, and those that told."""
    told = told_streams(record.capabilities) or []
    return sorted({*told, *(interval.stream for interval in known)}) or [""]


def _window_s(record: DeviceRecord) -> float:
    return USUAL_WINDOW_S if record.newest_window is None else record.newest_window.seconds


def _notes(
    interval: StreetInterval,
    specs: Mapping[str, VariantSpec],
    lineless: Collection[tuple[str, int]],
) -> list[str]:
    if (interval.stream, interval.street) in lineless and interval.watched_s:
        return [NO_LINES]
    return notes_of(interval, unproven_in(interval, specs))


def _document(
    interval: StreetInterval, span: _Span, others_s: float, notes: list[str]
) -> StreetCount:
    passed_s = span.passed_s(interval.start)
    is_over = passed_s >= span.interval_s
    trouble = trouble_of(interval, passed_s, others_s, 0.0 if is_over else span.late_s)
    return StreetCount(
        device=interval.device,
        stream=interval.stream,
        start=interval.start,
        seconds=span.interval_s,
        street=interval.street,
        counts=_plain(interval) if interval.watched_s else None,
        complete=is_over and not trouble,
        trouble="; ".join(filter(None, (trouble, "" if is_over else NOT_OVER))),
        notes=notes,
        watched_s=interval.watched_s,
        lost_s=interval.lost_s,
        unserved_s=interval.unserved_s,
        failed_s=interval.failed_s,
        trial_s=interval.trial_s,
        frames=interval.frames,
        regimes_s=dict(interval.regimes_s),
        variants_s=dict(interval.variants_s),
        **_speeds(interval),
        occupancy=_occupancy(interval),
    )


def _speeds(interval: StreetInterval) -> dict[str, Any]:
    """Space mean speeds by movement and class, and of how many; null where none was measured."""
    speeds: dict[str, dict[str, float]] = {}
    counts: dict[str, dict[str, int]] = {}
    for name, pace in interval.paces.items():
        movement, _, kind = name.rpartition("/")
        if pace.mean > 0:
            speeds.setdefault(movement, {})[kind] = round(S_PER_KM / pace.mean, 1)
            counts.setdefault(movement, {})[kind] = round(pace.weight)
    return {"speed_kmh": speeds or None, "speed_count": counts or None}


def _occupancy(interval: StreetInterval) -> dict[str, float] | None:
    """Null where none was measured, as by older agents."""
    told = {name: round(one.mean, 4) for name, one in interval.occupancy.items()}
    return told if told and interval.watched_s else None


def _plain(interval: StreetInterval) -> dict[str, dict[str, int]]:
    return {movement: dict(by_class) for movement, by_class in interval.counts.items()}
