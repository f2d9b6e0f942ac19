"""What is put together or deleted in time, so that a controller runs for years on one disk."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.telemetry.cutoff import cutoff
from lamplighter_controller.domain.telemetry.summary import HOUR_S, MINUTES_S
from lamplighter_controller.services.decision_queue import DecisionQueue
from lamplighter_controller.store.base import TelemetryUpkeep
from lamplighter_controller.store.telemetry.series import Series

log = logging.getLogger(__name__)

HOUSEKEEPING_S = 600.0
DAY_S = 86_400.0
# Rows of one slice: some 20 ms of the database.
SLICE = 200


class Upkeep(TelemetryUpkeep, Protocol):
    """What grows with time."""

    def prune_history(self, before: float) -> int: ...


@dataclass(frozen=True)
class RetentionPolicy:
    """How long what is kept, in seconds.

    Attributes:
        windows: one by one; then as summaries.
        minutes: summaries of five minutes.
        hours: summaries of an hour.
        history: events, plans, deployments, answers, jobs.
    """

    windows: float
    minutes: float
    hours: float
    history: float


class Retention:
    """Every ten minutes: windows become summaries, and what is older than its days goes."""

    def __init__(
        self, upkeep: Upkeep, clock: Clock, queue: DecisionQueue, policy: RetentionPolicy
    ) -> None:
        self._upkeep = upkeep
        self._clock = clock
        self._queue = queue
        self._policy = policy

    def start(self) -> None:
        """Begin after the first interval."""
        self._queue.later(HOUSEKEEPING_S, self.keep_house)

    def keep_house(self) -> None:
        """Do all that is due, slice by slice, and come again whatever became of it."""
        self._go_on(self._slices())

    def _go_on(self, slices: Iterator[None]) -> None:
        """One slice; what has come meanwhile is handled before the next one."""
        delay_s, call = HOUSEKEEPING_S, self.keep_house
        try:
            for _ in slices:
                delay_s, call = 0.0, lambda: self._go_on(slices)
                break
        finally:
            self._queue.later(delay_s, call)

    def _slices(self) -> Iterator[None]:
        """Each step is one short transaction."""
        now, done = self._clock.time(), Counter[str]()
        series = self._upkeep.next_series(None)
        while series is not None:
            for kind, rows in self._of_series(series, now):
                done[kind] += rows
                yield
            series = self._upkeep.next_series(series)
        done["conditions"] += self._upkeep.delete_conditions(now - max(self._kept_s()))
        done["history"] += self._upkeep.prune_history(now - self._policy.history)
        if any(done.values()):
            log.info("put together or deleted for their age: %s", dict(done))

    def _kept_s(self) -> tuple[float, float, float]:
        return self._policy.windows, self._policy.minutes, self._policy.hours

    def _of_series(self, series: Series, now: float) -> Iterator[tuple[str, int]]:
        beyond = cutoff(now, min(self._policy.windows, self._policy.minutes))
        while rows := self._upkeep.condense_windows(series, beyond, SLICE):
            yield "windows", rows
        for resolution_s, age_s in (
            (MINUTES_S, self._policy.minutes),
            (HOUR_S, self._policy.hours),
        ):
            beyond = cutoff(now, age_s)
            while rows := self._upkeep.delete_summaries(series, resolution_s, beyond, SLICE):
                yield "summaries", rows
