"""A thread of its own keeps the database small: nobody waits for more than a slice of it."""

import logging
import threading
from collections import Counter
from collections.abc import Callable

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Severity

from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import work_sentences
from lamplighter_controller.services.upkeep.retention import Retention
from lamplighter_controller.services.upkeep.retention_policy import (
    RetentionPolicy,
    next_steps,
    tightened,
)
from lamplighter_controller.store.engines import DiskRoom

log = logging.getLogger(__name__)

HOUSEKEEPING_S = 600.0
# After each slice a rest of so many times its length: others get the processor, too.
REST = 2.0
PROGRESS_S = 60.0


class Housekeeper:
    """Every ten minutes: windows become summaries, and what is older than its days goes.

    Where the disk is nearly full, detail goes earlier.

    Args:
        now: the wall time by which things are old.
    """

    def __init__(
        self,
        retention: Retention,
        disk: Callable[[], DiskRoom | None],
        events: EventLog,
        clock: Clock,
        policy: RetentionPolicy,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._retention, self._disk, self._policy = retention, disk, policy
        self._events, self._clock = events, clock
        self._now = now or clock.time
        self._steps = 0  # tighter than the policy
        self._failure = ""
        self._done: Counter[str] = Counter()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin after the first interval."""
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop behind the slice that is under way."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(10.0)

    def counts(self) -> dict[str, int]:
        """Rows put together or deleted since the start, by kind."""
        return dict(self._done)

    def keep_house(self) -> None:
        """Do all that is due, on the caller's thread; a failure becomes an event."""
        try:
            self._watch_disk()
            self._work()
        except Exception as error:
            log.exception("upkeep of the database failed")
            self._report(f"{type(error).__name__}: {error}")
        else:
            self._report("")

    def _run(self) -> None:
        while not self._closing.wait(HOUSEKEEPING_S):
            self.keep_house()

    def _work(self) -> None:
        done = Counter[str]()
        began = noted = self._clock.monotonic()
        policy = tightened(self._policy, self._steps)
        for kind, rows in self._retention.slices(self._now(), policy):
            done[kind] += rows
            self._done[kind] += rows
            ended = self._clock.monotonic()
            if ended - noted > PROGRESS_S:
                noted = ended
                log.info("upkeep goes on: %s", dict(+done))
            self._rest(ended - began)
            if self._closing.is_set():
                return
            began = self._clock.monotonic()
        if +done:
            log.info("put together or deleted for their age: %s", dict(+done))

    def _rest(self, worked_s: float) -> None:
        if self._thread is not None:
            self._closing.wait(REST * worked_s)

    def _watch_disk(self) -> None:
        room = self._disk()
        if room is None:
            return
        before, self._steps = self._steps, next_steps(self._steps, room)
        left_mb = (room.free + room.reusable) // 10**6
        if self._steps and not before:
            text = work_sentences.disk_short(left_mb)
            self._events.add(ControllerEvent.DISK_SHORT, text, severity=Severity.WARNING)
        elif before and not self._steps:
            text = work_sentences.disk_enough(left_mb)
            self._events.add(ControllerEvent.DISK_ENOUGH, text)

    def _report(self, failure: str) -> None:
        """The same failure only once."""
        news, self._failure = failure != self._failure, failure
        if failure and news:
            text = work_sentences.upkeep_failed(failure[:300])
            self._events.add(ControllerEvent.UPKEEP_FAILED, text, severity=Severity.ERROR)
