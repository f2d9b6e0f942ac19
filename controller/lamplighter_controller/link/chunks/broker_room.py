"""How much may wait at the broker for devices that take it slower than it is published.

A broker keeps a copy of a chunk for each device that listens, until its link has taken it: a
thousand devices that ask for a window of 32 make two gigabytes there in a second, and what they ask
for next comes behind all of it. What it holds it says itself, once a second; what has been
published since then is counted on top of that. So much may wait as it gives out in a second, as far
as that is known: it is doubled while it is used up and gone by the next reading (as TCP's slow
start: Jacobson, "Congestion Avoidance and Control", 1988).
"""

import threading
from collections.abc import Callable

from lamplighter_wire.clock import Clock

from lamplighter_controller.link.mosquitto_configuration import memory_limit_bytes

HEAP_TOPIC = "$SYS/broker/heap/current"
# Of what the broker may take; sessions, orders and what devices say need the rest.
SHARE = 0.25
# So much may always wait: a small fleet needs no readings.
LEAST_BYTES = 64 * 2**20
# What it gives out in this time may wait.
WAITS_S = 1.0
# It says nothing while nothing changes. Where it is silent for so long after a publication, it is
# away, or tells no such thing.
FRESH_S = 5.0
LOOK_S = 0.1


def most_held_bytes() -> int:
    """That a broker of this machine may hold before chunks wait."""
    return int(SHARE * memory_limit_bytes())


class BrokerRoom:
    """Safe to use from any thread. `most_bytes`: that chunks may take there; 0: any number."""

    def __init__(self, most_bytes: int, clock: Clock) -> None:
        self._most_bytes, self._clock = most_bytes, clock
        self._changed = threading.Condition()
        self._window_bytes = min(LEAST_BYTES, most_bytes)
        self._held_bytes = self._other_bytes = self._added_bytes = 0
        self._given_per_s = 0.0
        self._read_at: float | None = None
        self._added_at = 0.0  # the first since that

    def read(self, held_bytes: int) -> None:
        """The broker says what it holds."""
        with self._changed:
            now = self._clock.monotonic()
            if self._read_at is not None and self._is_fresh(now):
                began_at = self._read_at if self._rest_bytes else self._added_at
                self._learn(held_bytes, max(LOOK_S, now - began_at))
            else:
                self._other_bytes = held_bytes
            self._held_bytes, self._added_bytes, self._read_at = held_bytes, 0, now
            self._changed.notify_all()

    def hear(self, payload: bytes) -> None:
        """The same, as the broker puts it on `HEAP_TOPIC`."""
        if payload.isdigit():
            self.read(int(payload))

    def take(self, size_bytes: int, is_over: Callable[[], bool]) -> None:
        """Wait until there is room for that much more, or `is_over`.

        Something goes at each reading, however full it is: what fills it may be no chunks.
        """
        with self._changed:
            while self._lacks(size_bytes) and not is_over():
                self._changed.wait(LOOK_S)
            if not self._added_bytes:
                self._added_at = self._clock.monotonic()
            self._added_bytes += size_bytes

    def waits_s(self) -> float:
        """How long what is published now waits there; 0 where that is not known."""
        with self._changed:
            if not self._given_per_s or not self._is_fresh(self._clock.monotonic()):
                return 0.0
            return self._waiting_bytes / self._given_per_s

    @property
    def _rest_bytes(self) -> int:
        """What waited there at the last reading."""
        return max(0, self._held_bytes - self._other_bytes)

    @property
    def _waiting_bytes(self) -> int:
        return self._rest_bytes + self._added_bytes

    def _is_fresh(self, now: float) -> bool:
        is_awaited = self._added_bytes > 0 and now - self._added_at > FRESH_S
        return self._read_at is not None and not is_awaited

    def _lacks(self, size_bytes: int) -> bool:
        if not self._most_bytes or not self._is_fresh(self._clock.monotonic()):
            return False
        return self._added_bytes > 0 and self._waiting_bytes + size_bytes > self._window_bytes

    def _learn(self, held_bytes: int, seconds: float) -> None:
        given_bytes = self._held_bytes + self._added_bytes - held_bytes
        was_used = self._waiting_bytes > self._window_bytes / 2
        if not self._added_bytes and held_bytes >= self._held_bytes:
            self._other_bytes = held_bytes  # nothing is given out: nothing waits
        self._other_bytes = min(self._other_bytes, held_bytes)
        rest_bytes = held_bytes - self._other_bytes
        if rest_bytes > self._window_bytes / 4:
            self._given_per_s = max(1.0, given_bytes / seconds)
            self._set_window(WAITS_S * self._given_per_s)
        elif was_used:
            self._set_window(2.0 * self._window_bytes)

    def _set_window(self, size_bytes: float) -> None:
        self._window_bytes = int(min(self._most_bytes, max(LEAST_BYTES, size_bytes)))
