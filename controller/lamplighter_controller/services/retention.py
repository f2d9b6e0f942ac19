"""What is deleted in time, so that a controller runs for years on one disk."""

import logging
from typing import Protocol

from lamplighter_wire.clock import Clock

from lamplighter_controller.services.decision_queue import DecisionQueue

log = logging.getLogger(__name__)

HOUSEKEEPING_S = 600.0
DAY_S = 86_400.0


class History(Protocol):
    """What grows with time."""

    def prune_telemetry(self, before: float) -> int: ...

    def prune_history(self, before: float) -> int: ...


class Retention:
    """Deletes, every ten minutes, what is older than its days."""

    def __init__(
        self,
        history: History,
        clock: Clock,
        queue: DecisionQueue,
        *,
        telemetry_days: float,
        history_days: float,
    ) -> None:
        self._history = history
        self._clock = clock
        self._queue = queue
        self._telemetry_days = telemetry_days
        self._history_days = history_days

    def start(self) -> None:
        """Begin after the first interval."""
        self._queue.later(HOUSEKEEPING_S, self.keep_house)

    def keep_house(self) -> None:
        """Delete what is too old, and come again whatever became of it."""
        try:
            self._prune()
        finally:
            self._queue.later(HOUSEKEEPING_S, self.keep_house)

    def _prune(self) -> None:
        now = self._clock.time()
        windows = self._history.prune_telemetry(now - self._telemetry_days * DAY_S)
        rows = self._history.prune_history(now - self._history_days * DAY_S)
        if windows or rows:
            log.info("deleted for their age: %d telemetry windows, %d other rows", windows, rows)
