"""From services to devices: signed desired state and commands, which no decision waits for."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.errors import RefusedError, TransportError
from lamplighter_wire.messages import Command
from lamplighter_wire.transport.protocol import Publisher
from lamplighter_wire.transport.publication import Publication

log = logging.getLogger(__name__)

COMMAND_EXPIRY_S = 300
# How long the broker may take to acknowledge: its answers come behind all that devices say.
ACKNOWLEDGE_S = 30.0
RETRY_S = 1.0
CLOSE_S = 6.0
# So many are under way at once, and none of them waits for another's acknowledgement.
MOST_UNDER_WAY = 500


@dataclass(frozen=True)
class Order:
    """A signed desired state on its way; an empty envelope clears what is retained."""

    envelope: bytes
    trace: str = ""


class Outbound:
    """Publishes on a thread of its own; `flush` does it on the caller's.

    Of each device the newest desired state waits until the broker has acknowledged it. What waits
    when the process ends is on disk, and is given again after the next start.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._waiting: dict[str, Order] = {}
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orders", daemon=True)

    @property
    def unconfirmed(self) -> list[str]:
        """Devices whose desired state the broker has not acknowledged yet."""
        with self._changed:
            return sorted(self._waiting)

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
        self._put(device, Order(envelope, trace))

    def forget(self, device: str) -> None:
        """Clear the retained desired state of a device."""
        self._put(device, Order(b""))

    def command(self, command: Command) -> None:
        """Publish a command, once.

        Raises:
            TransportError: the broker is away.
        """
        topic = topics.down(command.device, "command")
        self._publisher.publish(topic, encode(command), expiry_s=COMMAND_EXPIRY_S)

    def flush(self) -> bool:
        """Publish everything that waits; whether nothing waits any more."""
        with self._changed:
            waiting = iter(list(self._waiting.items()))
        while (orders := dict(islice(waiting, MOST_UNDER_WAY))) and not self._closing.is_set():
            self._flush(orders)
        return not self.unconfirmed

    def _flush(self, orders: Mapping[str, Order]) -> None:
        under_way = {device: self._published(device, order) for device, order in orders.items()}
        for device, publication in under_way.items():
            if publication is not None and self._is_settled(device, publication):
                self._take(device, orders[device])

    def _put(self, device: str, order: Order) -> None:
        with self._changed:
            self._waiting[device] = order
            self._changed.notify()

    def _take(self, device: str, order: Order) -> None:
        """Nothing waits for a device any more, unless a newer order came meanwhile."""
        with self._changed:
            if self._waiting.get(device) is order:
                del self._waiting[device]

    def _published(self, device: str, order: Order) -> Publication | None:
        """On its way to the broker; None when it is to be tried again."""
        properties = {"schema": "desired/1"} | ({"traceparent": order.trace} if order.trace else {})
        try:
            return self._publisher.publish(
                topics.down(device, "desired"),
                order.envelope,
                retain=True,
                properties=properties,
            )
        except TransportError as error:
            log.warning("desired state kept for later: %s", error, extra={"device": device})
        return None

    def _is_settled(self, device: str, publication: Publication) -> bool:
        """Wait for the broker's answer; False when it is to be tried again."""
        try:
            publication.wait(ACKNOWLEDGE_S)
        except RefusedError as error:
            log.error("desired state refused: %s", error, extra={"device": device})
        except TransportError as error:
            log.warning("desired state kept for later: %s", error, extra={"device": device})
            return False
        return True

    def _run(self) -> None:
        while not self._closing.is_set():
            with self._changed:
                while not self._waiting and not self._closing.is_set():
                    self._changed.wait()
            if not self.flush():
                self._closing.wait(RETRY_S)
