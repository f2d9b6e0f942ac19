"""Counts of a street for reading: those kept for good, and those of the last hours."""

import math
from typing import Any, NamedTuple

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.street.intervals import (
    INTERVAL_S,
    StreetInterval,
    gap,
    intervals_of,
    together,
    trouble_of,
)
from lamplighter_controller.domain.telemetry.conditions import conditions_of
from lamplighter_controller.domain.telemetry.summary import (
    ReceivedWindow,
    stretch_of,
    summaries_of,
)
from lamplighter_controller.store.telemetry.stores import TelemetryStore

DAY_S = 86_400.0
S_PER_KM = 3600.0  # at 1 km/h
# Intervals that are read at once: of one stream, ten days in quarters of an hour.
PAGE_STEPS = 960


class CountsPage(NamedTuple):
    """Some intervals, and where the next ones begin; None behind the last."""

    counts: list[StreetCount]
    end: float | None


class StreetCounts:
    """What crossed the streets of a device, gaps among it."""

    def __init__(self, telemetry: TelemetryStore, clock: Clock) -> None:
        self._telemetry, self._clock = telemetry, clock

    def page(
        self, device: str, since: float, until: float, interval_s: int, stream: str | None
    ) -> CountsPage:
        """The first intervals within [since, until); 0 is a day ago, and now."""
        end = min(until or math.inf, self._clock.time())
        begin = since or end - DAY_S
        page_end = stretch_of(begin, interval_s) + PAGE_STEPS * interval_s
        counts = self.counts(device, begin, min(end, page_end), interval_s, stream)
        return CountsPage(counts, page_end if page_end < end else None)

    def counts(
        self,
        device: str,
        since: float,
        until: float,
        interval_s: int = INTERVAL_S,
        stream: str | None = None,
    ) -> list[StreetCount]:
        """Each interval that begins within [since, until), oldest first; up to now."""
        now = self._clock.time()
        first = stretch_of(since, interval_s)
        last = min(math.ceil(until / interval_s) * interval_s, now)
        known = self._known(device, first, last, interval_s, stream)
        streams = sorted({interval.stream for interval in known}) or [stream or ""]
        there = {(interval.start, interval.stream) for interval in known}
        steps = range(max(0, -int((first - last) // interval_s)))
        gaps = [
            gap(device, name, start)
            for start in (first + n * interval_s for n in steps)
            for name in streams
            if (start, name) not in there
        ]
        both = sorted([*known, *gaps], key=lambda one: (one.start, one.stream, one.street))
        return [_document(interval, interval_s, now) for interval in both]

    def _known(
        self, device: str, first: float, last: float, interval_s: int, stream: str | None
    ) -> list[StreetInterval]:
        kept = self._telemetry.street_intervals(device, first, last, stream)
        present = self._telemetry.windows_between(device, first, last, stream)
        return together([*kept, *intervals_of(summaries_of(map(_received, present)))], interval_s)


def _received(window: Telemetry) -> ReceivedWindow:
    return ReceivedWindow(window, conditions_of(window), 0.0)


def _document(interval: StreetInterval, interval_s: int, now: float) -> StreetCount:
    so_far_s = min(float(interval_s), now - interval.start)
    trouble = trouble_of(interval, so_far_s)
    is_over = now - interval.start >= interval_s
    return StreetCount(
        device=interval.device,
        stream=interval.stream,
        start=interval.start,
        seconds=interval_s,
        street=interval.street,
        counts=_plain(interval) if interval.watched_s else None,
        complete=is_over and not trouble,
        trouble=trouble or ("" if is_over else "it is not over yet"),
        watched_s=interval.watched_s,
        lost_s=interval.lost_s,
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
