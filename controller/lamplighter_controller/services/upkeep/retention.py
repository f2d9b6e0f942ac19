"""What is put together or deleted for its age, slice by slice."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lamplighter_controller.domain.telemetry.cutoff import cutoff
from lamplighter_controller.domain.telemetry.summary import HOUR_S, MINUTES_S
from lamplighter_controller.services.upkeep.retention_policy import RetentionPolicy
from lamplighter_controller.store.pruning import EventQuota, HistoryKind, Position
from lamplighter_controller.store.telemetry.series import Series
from lamplighter_controller.store.telemetry.stores import HistoryUpkeep, TelemetryUpkeep

log = logging.getLogger(__name__)

# Rows of one slice: it holds the database no longer than a batch of windows does.
SLICE = 200


class Upkeep(TelemetryUpkeep, HistoryUpkeep, EventQuota, Protocol):
    """What grows with time."""


class Slice(NamedTuple):
    """One short transaction: so many rows of a kind were put together or deleted."""

    kind: str
    rows: int


@dataclass(frozen=True)
class Retention:
    """What is due by a policy. A series that cannot be put together holds up no other."""

    upkeep: Upkeep

    def slices(self, now: float, policy: RetentionPolicy) -> Iterator[Slice]:
        """Each step is one short transaction.

        Raises:
            ExceptionGroup: some of it failed; the rest is done.
        """
        failures: list[Exception] = []
        series = self.upkeep.next_series(None)
        while series is not None:
            try:
                yield from self._of_series(series, now, policy)
            except Exception as error:
                log.exception("windows of %s were not put together", series.device)
                failures.append(error)
            series = self.upkeep.next_series(series)
        kept_s = max(policy.windows_s, policy.minutes_s, policy.hours_s)
        yield Slice("conditions", self.upkeep.delete_conditions(now - kept_s))
        for kind in HistoryKind:
            yield from self._of_history(kind, now - policy.history_s)
        yield from self._beyond_quota(policy.events_kept)
        if failures:
            text = f"windows of {len(failures)} streams were not put together: {failures[0]}"
            raise ExceptionGroup(text, failures)

    def _of_series(self, series: Series, now: float, policy: RetentionPolicy) -> Iterator[Slice]:
        beyond = cutoff(now, min(policy.windows_s, policy.minutes_s))
        while rows := self.upkeep.condense_windows(series, beyond, SLICE):
            yield Slice("windows", rows)
        ages_s = {MINUTES_S: policy.minutes_s, HOUR_S: policy.hours_s}
        for resolution_s, age_s in ages_s.items():
            beyond = cutoff(now, age_s)
            while rows := self.upkeep.delete_summaries(series, resolution_s, beyond, SLICE):
                yield Slice("summaries", rows)
        beyond = cutoff(now, policy.counts_s)
        while rows := self.upkeep.delete_street_intervals(series, beyond, SLICE):
            yield Slice("street counts", rows)

    def _beyond_quota(self, most: int) -> Iterator[Slice]:
        for device in self.upkeep.devices_with_more_events(most):
            while rows := self.upkeep.trim_events(device, most, SLICE):
                yield Slice("events", rows)

    def _of_history(self, kind: HistoryKind, before: float) -> Iterator[Slice]:
        position: Position | None = None
        while True:
            pruned = self.upkeep.prune_history(kind, before, position, SLICE)
            yield Slice(kind, pruned.rows)
            position = pruned.position
            if position is None:
                return
