"""A message on its way to the broker, and what became of it."""

import threading

from lamplighter_wire.errors import RefusedError, TransportError


class Publication:
    """Settled once the broker has answered. Brokers answer in the order of publication.

    Attributes:
        refusal: why the broker does not permit it; empty while it is on its way, and when it came.
    """

    def __init__(self, what: str = "") -> None:
        self._what = what
        self._answered = threading.Event()
        self._lost = ""
        self.refusal = ""

    def name(self, what: str) -> None:
        """Say what it is, for errors: "CLIENT to use TOPIC"."""
        self._what = what

    @property
    def is_settled(self) -> bool:
        return self._answered.is_set()

    def settle(self, refusal: str = "") -> None:
        """The broker has answered."""
        self.refusal = refusal
        self._answered.set()

    def lose(self, reason: str) -> None:
        """The connection has ended; what was answered before that stays answered."""
        if not self._answered.is_set():
            self._lost = reason
            self._answered.set()

    def wait(self, timeout_s: float) -> None:
        """Until the broker has answered.

        Raises:
            RefusedError: it does not permit the message.
            TransportError: it has not answered in time, or the connection was lost.
        """
        if not self._answered.wait(timeout_s):
            raise TransportError(f"not acknowledged within {timeout_s:.0f} s")
        if self._lost:
            raise TransportError(f"connection lost: {self._lost}")
        if self.refusal:
            raise RefusedError(f"the broker does not permit {self._what}")
