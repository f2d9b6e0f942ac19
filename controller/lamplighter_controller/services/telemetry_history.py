"""Telemetry for reading: windows where they suffice, and summaries for a long range of time."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from lamplighter_client.documents import TelemetryEntry
from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.telemetry.conditions import Conditions, conditions_of
from lamplighter_controller.domain.telemetry.summary import (
    HOUR_S,
    METRIC,
    MINUTES_S,
    ReceivedWindow,
    Summary,
    stretch_of,
    summaries_of,
    together,
    widened,
)
from lamplighter_controller.store.telemetry.stores import TelemetryStore

WINDOW_S = 0  # the resolution of windows as they came
RESOLUTIONS = (WINDOW_S, MINUTES_S, HOUR_S)


class TelemetryHistory:
    """What was measured on a device, as fine as it is kept and as there is room for."""

    def __init__(self, telemetry: TelemetryStore) -> None:
        self._telemetry = telemetry

    def entries(
        self,
        device: str,
        since: float = 0.0,
        limit: int = 500,
        stream: str | None = None,
        until: float | None = None,
    ) -> list[TelemetryEntry]:
        """Oldest first: the newest `limit`, or all from `since` on; of all streams or of one. With
        `until` of those that begin before it: old times have the resolution that they have room
        for, whatever came since.

        Where these are more than `limit`, in the finest resolution that fits.
        """
        reading = _Reading(self._telemetry, device, stream, since, until)
        for resolution_s in RESOLUTIONS if since else (WINDOW_S,):
            entries = reading.at(resolution_s, limit + 1)
            if len(entries) <= limit:
                break
        return entries[-limit:]


@dataclass(frozen=True)
class _Reading:
    """What is asked for: a device, all its streams or one, from when on, and until when."""

    telemetry: TelemetryStore
    device: str
    stream: str | None
    since: float
    until: float | None = None

    def at(self, resolution_s: int, limit: int) -> list[TelemetryEntry]:
        """Not finer than a resolution; coarser where nothing finer is kept."""
        if resolution_s == HOUR_S:
            present = map(widened, self._present())
            return _sorted(map(entry_of, together([*self._kept(HOUR_S, limit), *present])))
        windows = [] if resolution_s else self._windows(limit)
        if len(windows) >= limit:
            return [window_entry(window) for window in windows]
        summaries = self._summaries(limit, with_present=bool(resolution_s))
        return _sorted([*map(entry_of, summaries), *map(window_entry, windows)])

    def _summaries(self, limit: int, *, with_present: bool) -> list[Summary]:
        """Of five minutes, and of an hour where those are gone; a window is in none of them
        as long as it is kept by itself."""
        minutes = self._kept(MINUTES_S, limit)
        there = {(s.stream, stretch_of(s.start, HOUR_S)) for s in minutes}
        hours = self._kept(HOUR_S, limit)
        alone = [summary for summary in hours if (summary.stream, summary.start) not in there]
        present = self._present() if with_present else []
        return [*alone, *together([*minutes, *present])]

    def _present(self) -> list[Summary]:
        """Summaries of the windows that are still kept one by one."""
        windows = self._windows(None)
        return summaries_of(ReceivedWindow(w, conditions_of(w), 0.0) for w in windows)

    def _windows(self, limit: int | None) -> list[Telemetry]:
        return self.telemetry.telemetry(self.device, self.since, limit, self.stream, self.until)

    def _kept(self, resolution_s: int, limit: int) -> list[Summary]:
        return self.telemetry.summaries(
            self.device, resolution_s, self.since, limit, self.stream, self.until
        )


def window_entry(window: Telemetry) -> TelemetryEntry:
    """A window as it came."""
    return msgspec.convert(window, TelemetryEntry, from_attributes=True)


def entry_of(summary: Summary) -> TelemetryEntry:
    """A summary in the fields of a window: means, and percentiles of all its frames."""
    conditions = {n: getattr(summary.conditions, n) for n in Conditions.__struct_fields__}
    means = {name: spread.mean for name, spread in summary.figures.items()}
    means["memory_bytes"] = round(means.get("memory_bytes", 0.0))
    latency = summary.latency
    values = {
        "device": summary.device,
        "stream": summary.stream,
        "start": summary.start,
        "seconds": summary.seconds,
        "frames": summary.frames,
        "dropped": summary.dropped,
        "rested": summary.rested,
        "fps_served": summary.frames / summary.seconds if summary.seconds else 0.0,
        "counts": summary.counts,
        "metrics": {n[len(METRIC) :]: mean for n, mean in means.items() if n.startswith(METRIC)},
        "resolution_s": summary.resolution_s,
        "windows": summary.windows,
        "low": {name: spread.low for name, spread in summary.figures.items()},
        "high": {name: spread.high for name, spread in summary.figures.items()},
    }
    percentiles = {f"latency_p{n}_ms": latency.percentile_ms(n) for n in (50, 95, 99)}
    return msgspec.convert({**means, **conditions, **values, **percentiles}, TelemetryEntry)


def _sorted(entries: Iterable[TelemetryEntry]) -> list[TelemetryEntry]:
    return sorted(entries, key=lambda entry: entry.start)
