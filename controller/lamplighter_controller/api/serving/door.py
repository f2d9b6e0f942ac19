"""The API's listening socket: so many connections at once, and none that takes its time to ask."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

MOST_CONNECTIONS = 512
# From the connection, or the last answer, until a request is there with headers and body.
ASK_S = 20.0
# Until an answer is taken off our hands; two megabytes at 128 kbit/s are two minutes.
TAKE_S = 150.0
# Connections that the kernel holds until they are accepted: beyond these newcomers try in vain.
MOST_UNACCEPTED = 2048
Address = tuple[str, int]


class Guest(socket.socket):
    """A connection, and since when it is waited for."""

    left: Callable[["Guest"], None]
    reads: Callable[["Guest"], None]
    address: Address
    since = 0.0
    patience_s = ASK_S
    works = False  # we work for it; it is not waited for
    is_known = False  # a token of ours came through it

    def recv_into(self, *arguments: Any) -> int:
        """As `socket.recv_into`; what comes of these bytes is this guest's, on this thread."""
        self.reads(self)
        return super().recv_into(*arguments)

    def close(self) -> None:
        super().close()
        if self.fileno() < 0:
            self.left(self)


class Door(socket.socket):
    """Accepts connections up to a number.

    Whoever comes when all places are taken gets that of the stranger who has been waited for
    longest, or of another where there is none: connections that ask nothing, ask slowly or do not
    read keep nobody out. Only where work is done for all of them is the newcomer sent away.
    """

    def __init__(self, family: socket.AddressFamily, most: int = MOST_CONNECTIONS) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._most = most
        self._guests: dict[Address, Guest] = {}
        self._counts = {"accepted": 0, "put_out": 0, "turned_away": 0}
        self._lock = threading.RLock()
        self._reading = ""

    @property
    def reading(self) -> str:
        """The address of whose bytes were read last; on the thread that reads."""
        return self._reading

    def _read_by(self, guest: Guest) -> None:
        self._reading = guest.address[0]

    def counts(self) -> dict[str, int]:
        """Connections accepted; of these, ended because they kept us waiting, or for want of a
        place while all others were worked for."""
        return dict(self._counts)

    def listen(self, _backlog: int = 0, /) -> None:
        """As `socket.listen`, but the kernel holds as many as ever are held."""
        super().listen(MOST_UNACCEPTED)

    def accept(self) -> tuple[socket.socket, Any]:
        """As `socket.accept`."""
        handle, address = self._accept()  # type: ignore[attr-defined]
        guest = Guest(self.family, self.type, self.proto, fileno=handle)
        guest.left, guest.address, guest.since = self._forget, address[:2], time.monotonic()
        guest.reads = self._read_by
        with self._lock:
            self._counts["accepted"] += 1
            if len(self._guests) >= self._most and not self._make_room():
                self._counts["turned_away"] += 1
                _end(guest)
            self._guests[guest.address] = guest
        return guest, address

    def put_out_late(self) -> None:
        """End the connections that were waited for too long."""
        now = time.monotonic()
        with self._lock:
            late = [g for g in self._waited_for() if now - g.since > g.patience_s]
            for guest in late:
                self._put_out(guest)

    @contextmanager
    def working(self, address: Address) -> Iterator[None]:
        """Within, work is done for a connection."""
        guest = self._guests.get(address)
        if guest is not None:
            guest.works = True
        try:
            yield
        finally:
            self._wait_anew(guest)

    def know(self, address: Address) -> None:
        """It has shown a token of ours."""
        guest = self._guests.get(address)
        if guest is not None:
            guest.is_known = True

    @contextmanager
    def waiting(self, address: Address, patience_s: float | None = None) -> Iterator[None]:
        """Within `working`: it is waited for, from now on if it is said how long."""
        guest = self._guests.get(address)
        if guest is not None:
            guest.works = False
            if patience_s is not None:
                guest.since, guest.patience_s = time.monotonic(), patience_s
        try:
            yield
        finally:
            if guest is not None:
                guest.works = True

    def _wait_anew(self, guest: Guest | None) -> None:
        if guest is not None:
            guest.works, guest.since, guest.patience_s = False, time.monotonic(), TAKE_S

    def _waited_for(self) -> list[Guest]:
        return [guest for guest in self._guests.values() if not guest.works]

    def _make_room(self) -> bool:
        waited_for = self._waited_for()
        if not waited_for:
            return False
        self._put_out(min(waited_for, key=lambda guest: (guest.is_known, guest.since)))
        return True

    def _put_out(self, guest: Guest) -> None:
        self._counts["put_out"] += 1
        del self._guests[guest.address]
        _end(guest)

    def _forget(self, guest: Guest) -> None:
        with self._lock:
            if self._guests.get(guest.address) is guest:
                del self._guests[guest.address]


def _end(guest: socket.socket) -> None:
    """Its owner sees the end and closes it."""
    with contextlib.suppress(OSError):
        guest.shutdown(socket.SHUT_RDWR)
