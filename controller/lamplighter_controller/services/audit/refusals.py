"""Refused attempts in the audit log: the first at once, and how many more in the next minutes."""

import logging
import threading
from dataclasses import dataclass

from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.audit.chain import AuditOutcome
from lamplighter_controller.errors import StoreError
from lamplighter_controller.services.audit.audit_log import Attempt, AuditLog
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue

log = logging.getLogger(__name__)
TOGETHER_S = 60.0
# Strangers come from any number of addresses: of all of them together so many are told apart in
# five minutes, which is ten megabytes a day at most.
STRANGERS_TOGETHER_S = 300.0
MOST_STRANGERS = 60
# Of one address or user so many attempts are told apart in a minute.
MOST_KINDS = 20
# Beyond so many addresses and users all others are one.
MOST_SOURCES = 500
OTHERS, CONNECT = "others", "connect"


@dataclass
class _Repeats:
    """What came behind an entry."""

    until: float
    reason: str
    times: int = 0


class Refusals:
    """Who knocks a thousand times fills no disk: so much is noted and no more.

    Safe to use from any thread.
    """

    def __init__(self, audit: AuditLog, clock: Clock, queue: DecisionQueue) -> None:
        self._audit, self._clock, self._queue = audit, clock, queue
        self._lock = threading.Lock()
        self._repeats: dict[Attempt, _Repeats] = {}

    def note(self, attempt: Attempt, reason: str) -> None:
        """It was refused. That it cannot be noted refuses it no less."""
        self.flush()
        new = self._counted(attempt, reason)
        if new is not None:
            self._add(new, reason, 1)

    def note_stranger(self, address: str, reason: str) -> None:
        """Somebody was refused at a port before there was anything to ask. Waits for nothing."""
        new = self._counted(Attempt(CONNECT, "", "", address), reason)
        if new is not None:
            self._queue.submit(self._add, new, reason, 1)

    def _counted(self, attempt: Attempt, reason: str) -> Attempt | None:
        """As what it is to be noted; None: it is counted with one that has been."""
        together_s = TOGETHER_S if attempt.who else STRANGERS_TOGETHER_S
        with self._lock:
            attempt = self._told_apart(attempt)
            known = self._repeats.get(attempt)
            if known is None:
                until = self._clock.monotonic() + together_s
                self._repeats[attempt] = _Repeats(until, reason)
                return attempt
            known.times += 1
            return None

    def sweep(self) -> None:
        """Every minute, on the deciding thread."""
        self.flush()
        self._queue.later(TOGETHER_S, self.sweep)

    def flush(self) -> None:
        """Note how often what was refused came again, once its minute is over."""
        now = self._clock.monotonic()
        with self._lock:
            ended = {key: r for key, r in self._repeats.items() if r.until <= now}
            for key in ended:
                del self._repeats[key]
        for attempt, repeats in ended.items():
            if repeats.times:
                self._add(attempt, repeats.reason, repeats.times)

    def _told_apart(self, attempt: Attempt) -> Attempt:
        if attempt in self._repeats:
            return attempt
        source = (attempt.who, attempt.address)
        kinds = sum((known.who, known.address) == source for known in self._repeats)
        if kinds >= MOST_KINDS:
            return Attempt(OTHERS, "", attempt.who, attempt.address)
        if not kinds and len(self._repeats) >= MOST_SOURCES:
            return Attempt(OTHERS, "", OTHERS, OTHERS)
        strangers = sum(not known.who for known in self._repeats)
        if not attempt.who and strangers >= MOST_STRANGERS:
            return Attempt(OTHERS, "", "", OTHERS)
        return attempt

    def _add(self, attempt: Attempt, reason: str, times: int) -> None:
        try:
            self._audit.note(attempt, AuditOutcome.REFUSED, reason, times=times)
        except StoreError as error:
            log.error("a refused attempt is not on record: %s", error)
