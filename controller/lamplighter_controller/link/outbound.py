"""From services to devices: signed desired state and commands, which no decision waits for."""

import contextlib
import logging
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass

from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.errors import RefusedError, TransportError
from lamplighter_wire.messages import Command, Confirmed
from lamplighter_wire.transport.protocol import Publisher
from lamplighter_wire.transport.publication import Publication

log = logging.getLogger(__name__)

COMMAND_EXPIRY_S = 300
# How long the broker may take to acknowledge: its answers come behind all that devices say.
ACKNOWLEDGE_S = 30.0
# After so long without an answer it is looked whether more is to be published.
LOOK_S = 0.1
RETRY_S = 1.0
CLOSE_S = 6.0
# So many are under way at once, and none of them waits for another's acknowledgement.
MOST_UNDER_WAY = 500


@dataclass(frozen=True)
class Order:
    """A signed document on its way; an empty envelope clears what is retained."""

    device: str
    channel: str
    envelope: bytes
    trace: str = ""

    @property
    def topic(self) -> str:
        """Where it is retained."""
        return topics.down(self.device, self.channel)


@dataclass
class _Sent:
    """An order that the broker has not acknowledged yet."""

    order: Order
    publication: Publication
    looks: int = 0


class Outbound:
    """Publishes on a thread of its own; `flush` does it on the caller's.

    Of each device the newest desired state waits until the broker has acknowledged it. What waits
    when the process ends is on disk, and is given again after the next start.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._waiting: dict[str, Order] = {}  # by topic
        # Of these, for the flush that is at work.
        self._unsent: OrderedDict[str, None] = OrderedDict()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orders", daemon=True)

    @property
    def unconfirmed(self) -> list[str]:
        """Devices whose desired state the broker has not acknowledged yet."""
        with self._changed:
            return sorted({order.device for order in self._waiting.values()})

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closing.set()
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)

    def desired(self, device: str, envelope: bytes, trace: str = "") -> None:
        """Retain the signed desired state of a device; it must be on disk already."""
        self._put(Order(device, "desired", envelope, trace))

    def configuration(self, device: str, envelope: bytes) -> None:
        """Retain the signed configuration of a device; it must be on disk already."""
        self._put(Order(device, "configuration", envelope))

    def forget(self, device: str) -> None:
        """Clear what is retained for a device."""
        self._put(Order(device, "desired", b""))
        self._put(Order(device, "configuration", b""))

    def command(self, command: Command, expiry_s: int = COMMAND_EXPIRY_S) -> None:
        """Publish a command, once.

        Raises:
            TransportError: the broker is away.
        """
        topic = topics.down(command.device, "command")
        self._publisher.publish(topic, encode(command), expiry_s=expiry_s)

    def renumber(self, device: str, known: int) -> None:
        """Tell a device which numbers it has used already, once; without the broker it is told at
        its next birth."""
        said = Confirmed(device=device, known=known)
        topic = topics.down(device, "confirmed")
        with contextlib.suppress(TransportError):
            self._publisher.publish(topic, encode(said), expiry_s=COMMAND_EXPIRY_S)

    def flush(self) -> bool:
        """Publish what waits, and what comes meanwhile; whether nothing waits any more."""
        under_way: deque[_Sent] = deque()
        with self._changed:
            self._unsent = OrderedDict.fromkeys(self._waiting)
        try:
            self._publish_waiting(under_way)
            while under_way and (under_way[0].publication.is_settled or not self._closing.is_set()):
                self._settle(under_way)
                self._publish_waiting(under_way)
        except TransportError as error:
            log.warning("%d orders are kept for later: %s", len(self.unconfirmed), error)
        return not self.unconfirmed

    def _publish_waiting(self, under_way: deque["_Sent"]) -> None:
        """Raises TransportError without a connection."""
        while len(under_way) < MOST_UNDER_WAY and not self._closing.is_set():
            with self._changed:
                if not self._unsent:
                    return
                topic, _ = self._unsent.popitem(last=False)
                order = self._waiting.get(topic)
            if order is not None:
                under_way.append(_Sent(order, self._publish(order)))

    def _settle(self, under_way: deque["_Sent"]) -> None:
        """What the broker has answered; waits for the oldest, but not for long.

        Raises:
            TransportError: no connection, or no answer in time.
        """
        oldest = under_way[0]
        try:
            oldest.publication.wait(LOOK_S)
        except RefusedError as error:
            device, channel = oldest.order.device, oldest.order.channel
            log.error("%s refused: %s", channel, error, extra={"device": device})
        except TransportError:
            oldest.looks += 1
            if oldest.publication.is_settled or oldest.looks * LOOK_S >= ACKNOWLEDGE_S:
                raise
            return
        under_way.popleft()
        self._take(oldest.order)

    def _put(self, order: Order) -> None:
        with self._changed:
            self._waiting[order.topic] = order
            self._unsent[order.topic] = None
            self._changed.notify()

    def _take(self, order: Order) -> None:
        """Nothing waits at a topic any more, unless a newer order came meanwhile."""
        with self._changed:
            if self._waiting.get(order.topic) is order:
                del self._waiting[order.topic]

    def _publish(self, order: Order) -> Publication:
        properties = {"schema": f"{order.channel}/1"}
        properties |= {"traceparent": order.trace} if order.trace else {}
        return self._publisher.publish(
            order.topic, order.envelope, retain=True, properties=properties
        )

    def _run(self) -> None:
        while not self._closing.is_set():
            with self._changed:
                while not self._waiting and not self._closing.is_set():
                    self._changed.wait()
            if not self.flush():
                self._closing.wait(RETRY_S)
