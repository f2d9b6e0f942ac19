"""What is under way to the controller, and how much more may be.

A broker's acknowledgement says that it has a message, not that the controller has it: its queue has
an end, and its memory is lost with its power. So at most a window of messages is under way, and the
next ones follow as earlier ones are confirmed. Where nothing is confirmed for long, one message is
sent again, and with each confirmation twice as many, until the window is full (slow start).
"""

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lamplighter_wire.messages import Confirmed
from lamplighter_wire.transport.delivery import Delivery

# Ten thousand devices with as much under way as this stay below what the broker queues.
WINDOW = 16
WINDOW_BYTES = 24 * 1024
# An honest controller answers within a minute however many speak; a busy one is not helped by more.
FIRST_RESEND_S = 60.0
MAX_RESEND_S = 600.0
# The controller is there and confirms nothing: the broker may have dropped all that is under way.
GREETED_RESEND_S = 10.0


@dataclass
class _Sent:
    number: int
    size_bytes: int
    is_due_again: bool = False


class Deliveries:
    """Of one session after the other. Safe to use from any thread; times are monotonic.

    Messages are known by their number in the outbox, which they keep over all sessions.
    """

    def __init__(self, window: int = WINDOW, window_bytes: int = WINDOW_BYTES) -> None:
        self._window, self._window_bytes = window, window_bytes
        self._lock = threading.Lock()
        self._epoch = 0
        self._last_number = 0
        self._sent: dict[int, _Sent] = {}  # in the order in which they were sent first
        self._before: tuple[int, dict[int, _Sent]] = (0, {})  # the session before, and its own
        self._confirmed: list[int] = []
        self._allowed = window
        self._resend_s = FIRST_RESEND_S
        self._moved_at = 0.0  # when something was confirmed last, or sent where nothing was

    def begin(self, epoch: int) -> None:
        """A session begins: nothing of it is under way. The last one's may still be confirmed."""
        with self._lock:
            self._before = (self._epoch, self._sent)
            self._epoch, self._last_number, self._sent = epoch, 0, {}
            self._allowed, self._resend_s = self._window, FIRST_RESEND_S

    def room(self, now: float) -> int:
        """How many messages may be sent."""
        with self._lock:
            self._give_up_waiting(now)
            waiting = [sent for sent in self._sent.values() if not sent.is_due_again]
            if sum(sent.size_bytes for sent in waiting) >= self._window_bytes:
                return 0
            return max(0, self._allowed - len(waiting))

    def due_again(self) -> list[int]:
        """What is to be sent again, first of all."""
        with self._lock:
            return [seq for seq, sent in self._sent.items() if sent.is_due_again]

    def under_way(self) -> Collection[int]:
        """All that was sent and is not confirmed."""
        with self._lock:
            return list(self._sent)

    def send(self, seq: int, size_bytes: int, now: float) -> Delivery:
        """A message is about to be sent; returns its number."""
        with self._lock:
            if all(sent.is_due_again for sent in self._sent.values()):
                self._moved_at = now
            is_again = seq in self._sent
            if not is_again:
                self._last_number += 1
                self._sent[seq] = _Sent(self._last_number, size_bytes)
            sent = self._sent[seq]
            sent.is_due_again = False
            oldest = min(other.number for other in self._sent.values())
            return Delivery(self._epoch, sent.number, oldest, is_again)

    def forget(self, seqs: Iterable[int]) -> None:
        """They are not waited for any longer."""
        with self._lock:
            for seq in seqs:
                self._sent.pop(seq, None)

    def confirm(self, confirmed: Confirmed, now: float) -> None:
        """The controller has spoken, of this session or of the one before."""
        with self._lock:
            if confirmed.epoch == self._epoch:
                self._take(self._sent, confirmed.number, now)
                if confirmed.again:
                    for sent in self._sent.values():
                        sent.is_due_again = True
            elif confirmed.epoch == self._before[0]:
                self._take(self._before[1], confirmed.number, now)

    def take_confirmed(self) -> list[int]:
        """What has been confirmed meanwhile; nobody else is told of it."""
        with self._lock:
            confirmed, self._confirmed = self._confirmed, []
            for seq in confirmed:
                self._sent.pop(seq, None)
            return confirmed

    def _take(self, sent: dict[int, _Sent], number: int, now: float) -> None:
        taken = [seq for seq, one in sent.items() if one.number <= number]
        if not taken and self._resend_s > GREETED_RESEND_S:
            self._moved_at, self._resend_s = now, GREETED_RESEND_S
        for seq in taken:
            del sent[seq]
        self._confirmed += taken
        if taken:
            self._moved_at, self._resend_s = now, FIRST_RESEND_S
            self._allowed = min(self._window, 2 * self._allowed)

    def _give_up_waiting(self, now: float) -> None:
        """Too long without a confirmation: the first of what is under way goes again, alone."""
        if not self._sent or now - self._moved_at < self._resend_s:
            return
        for sent in self._sent.values():
            sent.is_due_again = True
        self._moved_at, self._allowed = now, 1
        self._resend_s = min(MAX_RESEND_S, 2 * self._resend_s)
