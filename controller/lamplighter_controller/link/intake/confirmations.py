"""Tells devices what is durable here, so that they may forget it; and what did not arrive.

The moment is when a message's `done` is called: what it led to is on disk then. A device that hears
of no confirmation sends again, so nothing of this has to be kept over a restart.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable

from lamplighter_wire import topics
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import encode
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Confirmed
from lamplighter_wire.transport.delivery import PROPERTY, Delivery, parse_delivery
from lamplighter_wire.transport.protocol import Publisher, Received

from lamplighter_controller.link.intake.delivered import Delivered

log = logging.getLogger(__name__)

Done = Callable[[], None]
# Several messages of a device become durable by one commit, and are confirmed by one message.
GATHER_S = 0.05
# So many devices are confirmed at once, and those at once that have half a window under way.
MOST_AT_ONCE = 20
HALF_WINDOW = 8
# Brokers deliver in order, but clusters of them topic by topic.
GAP_S = 2.0
EXPIRY_S = 300
RETRY_S = 1.0


class Confirmations:
    """Safe to use from any thread; `flush` publishes on the caller's.

    Args:
        lost: is told of a device, and how many of its messages the broker did not deliver.
    """

    def __init__(
        self, publisher: Publisher, clock: Clock, lost: Callable[[str, int], None]
    ) -> None:
        self._publisher, self._clock, self._lost = publisher, clock, lost
        self._sessions: dict[str, Delivered] = {}
        self._due: OrderedDict[str, int] = OrderedDict()  # device -> messages since the last one
        self._gaps: dict[str, float] = {}  # device -> monotonic time when it was noticed
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="confirmations", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closing.set()
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def forget(self, device: str) -> None:
        """It is retired."""
        with self._changed:
            for known in (self._sessions, self._due, self._gaps):
                known.pop(device, None)

    def expect(self, device: str, received: Received) -> Done:
        """A message has come; returns what is to be called in place of its `done`."""
        done = received.done
        delivery = parse_delivery(received.properties.get(PROPERTY, ""))
        if delivery is None:
            return done
        with self._changed:
            if delivery.number == 0:
                self._greet(device, delivery.epoch, is_new=not received.retained)
                return done
            self._arrive(device, delivery)

        def settled() -> None:
            self._settle(device, delivery)
            done()

        return settled

    def flush(self) -> None:
        """Publish what is due.

        Raises:
            TransportError: there is no connection; it stays due.
        """
        now = self._clock.monotonic()
        for device, lost in self._overdue_gaps(now).items():
            self._publish(device, again=True)
            if lost:
                self._lost(device, lost)
        for device in self._next_due():
            self._publish(device)

    def _greet(self, device: str, epoch: int, *, is_new: bool) -> None:
        """Show a device that we are here; one whose messages were all dropped sends them again."""
        session = self._sessions.get(device)
        if session is None or session.epoch != epoch:
            self._sessions[device] = Delivered(epoch, through=0, top=0, joined=not is_new)
            self._gaps.pop(device, None)
        self._due.setdefault(device, 0)
        self._changed.notify()

    def _arrive(self, device: str, delivery: Delivery) -> None:
        """Of whatever session: the last that spoke is the present one, whatever its number."""
        session = self._sessions.get(device)
        if session is None or delivery.epoch != session.epoch:
            session = self._sessions[device] = Delivered.first(delivery)
            self._gaps.pop(device, None)
        if session.arrive(delivery):
            self._lost(device, 1)
        if session.missing:
            self._gaps.setdefault(device, self._clock.monotonic())
            self._changed.notify()
        else:
            self._gaps.pop(device, None)

    def _settle(self, device: str, delivery: Delivery) -> None:
        with self._changed:
            session = self._sessions.get(device)
            if session is None or session.epoch != delivery.epoch:
                return
            session.settle(delivery.number)
            if delivery.number <= session.through:
                self._due[device] = self._due.get(device, 0) + 1
                self._changed.notify()

    def _overdue_gaps(self, now: float) -> dict[str, int]:
        """Devices with a gap for long, and how many messages are proved to be lost by it."""
        with self._changed:
            overdue = [device for device, since in self._gaps.items() if now - since >= GAP_S]
            found = {}
            for device in overdue:
                self._gaps[device] = now
                session = self._sessions[device]
                found[device] = 0 if session.joined else session.missing
            return found

    def _next_due(self) -> list[str]:
        with self._changed:
            urgent = [device for device, count in self._due.items() if count >= HALF_WINDOW]
            others = [device for device in self._due if self._due[device] < HALF_WINDOW]
            return urgent + others[:MOST_AT_ONCE]

    def _publish(self, device: str, *, again: bool = False) -> None:
        with self._changed:
            session, count = self._sessions.get(device), self._due.pop(device, 0)
        if session is None:
            return
        said = Confirmed(device=device, epoch=session.epoch, number=session.through, again=again)
        topic = topics.down(device, "confirmed")
        try:
            self._publisher.publish(topic, encode(said), expiry_s=EXPIRY_S)
        except TransportError:
            with self._changed:
                self._due[device] = self._due.get(device, 0) + count
            raise

    def _run(self) -> None:
        while not self._closing.is_set():
            with self._changed:
                while not (self._due or self._gaps or self._closing.is_set()):
                    self._changed.wait()
            self._closing.wait(GATHER_S)
            try:
                self.flush()
            except TransportError as error:
                log.info("nothing is confirmed for now: %s", error)
                self._closing.wait(RETRY_S)
            except Exception:  # one device's trouble must not strand the others
                log.exception("a confirmation failed")
