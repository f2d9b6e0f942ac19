"""Which chunks a download listens for: what it asks for, and what others may ask for meanwhile.

A chunk is published once for all who listen. Who listens ahead of what it asks for hears what its
neighbours asked for, and need not ask itself. How far ahead is bounded by what the device turns out
to be able to take: what is published faster than that waits at the broker, in front of everything
else that is meant for the device.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from itertools import islice

from lamplighter_wire import topics
from lamplighter_wire.clock import Clock
from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.protocol import Subscriber

log = logging.getLogger(__name__)

# Topics that are given up in one packet: those of chunks that came once come hardly again.
TOGETHER = 4


class Listening:
    """The topics of one download; `artifact`: as whose chunks they are listened for."""

    def __init__(self, transport: Subscriber, clock: Clock, artifact: str = "") -> None:
        self._transport, self._clock, self._artifact = transport, clock, artifact
        self._since: dict[str, float] = {}
        self._over: list[str] = []
        self._lock = threading.Lock()  # of what is over

    def listen(self, shas: Sequence[str], most: int) -> None:
        """Listen for the next of these, until there are `most`.

        Where there are twice as many, the last are given up.

        Not one by one: only once half of them have come.

        Raises:
            TransportError: there is no connection.
        """
        room = most - len(self._since)
        if room < -most:
            self._stop(list(self._since)[room:])
        elif room >= (most + 1) // 2:
            self._subscribe(list(islice((sha for sha in shas if sha not in self._since), room)))

    def ask(self, shas: Sequence[str], *, again: Iterable[str]) -> dict[float, list[str]]:
        """Listen for what is about to be asked for; `again`: what was asked for in vain.

        Returns:
            The same chunks, by the seconds for which they have been listened for and not missed.

        Raises:
            TransportError: there is no connection.
        """
        now = self._clock.monotonic()
        self._since.update(dict.fromkeys(self._since.keys() & set(again), now))
        self._subscribe([sha for sha in shas if sha not in self._since])
        groups: dict[float, list[str]] = {}
        for sha in shas:
            groups.setdefault(now - min(now, self._since[sha]), []).append(sha)
        return groups

    def arrived(self, sha: str) -> None:
        """It is here, looked at or not: it need not come again. On any thread."""
        with self._lock:
            self._over.append(sha)
            is_enough = len(self._over) >= TOGETHER
        if is_enough:
            self._unsubscribe()

    def taken(self, sha: str) -> None:
        """One that has arrived was looked at; whoever wants it once more listens anew."""
        self._since.pop(sha, None)

    def lose(self) -> None:
        """The connection was lost: what was listened for may have been missed."""
        self._since.clear()

    def close(self) -> None:
        """The download has ended."""
        self._stop(list(self._since))

    def _stop(self, shas: Iterable[str]) -> None:
        for sha in shas:
            self._since.pop(sha)
            with self._lock:
                self._over.append(sha)
        self._unsubscribe()

    def _subscribe(self, shas: Sequence[str]) -> None:
        if shas:
            with self._lock:
                self._over = [sha for sha in self._over if sha not in shas]
            # Not kept: chunks for others would pile up for a device that lost its power.
            self._transport.subscribe(*self._topics(shas), kept=False)
            self._since.update(dict.fromkeys(shas, self._clock.monotonic()))

    def _topics(self, shas: Iterable[str]) -> list[str]:
        return [topics.blob(sha, self._artifact) for sha in shas]

    def _unsubscribe(self) -> None:
        with self._lock:
            over, self._over = self._over, []
        try:
            if over:
                self._transport.unsubscribe(*self._topics(over))
        except TransportError as error:
            log.debug("not unsubscribed: %s", error)
