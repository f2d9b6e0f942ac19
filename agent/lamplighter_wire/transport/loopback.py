"""The in-memory broker that tests use."""

import threading
from collections.abc import Callable
from dataclasses import replace

from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.protocol import Handler, Received, Will, matches
from lamplighter_wire.transport.publication import Publication


class LoopbackBroker:
    """An in-memory broker: retained messages, wills, and links that can be cut."""

    def __init__(self) -> None:
        self.retained: dict[str, bytes] = {}
        self.log: list[tuple[str, bytes]] = []
        self.refused_topics: set[str] = set()  # nobody may publish there
        self._clients: list[LoopbackTransport] = []
        self._lock = threading.RLock()

    def client(self) -> "LoopbackTransport":
        """A new, unconnected client of this broker."""
        return LoopbackTransport(self)

    def route(
        self, topic: str, payload: bytes, retain: bool, properties: dict[str, str] | None = None
    ) -> None:
        with self._lock:
            self.log.append((topic, payload))
            if retain:
                self._keep(topic, payload)
            clients = list(self._clients)
        for client in clients:
            client.deliver(Received(topic, payload, False, properties or {}))

    def attach(self, client: "LoopbackTransport") -> None:
        with self._lock:
            self._clients.append(client)

    def detach(self, client: "LoopbackTransport", will: Will | None) -> None:
        with self._lock:
            if client in self._clients:
                self._clients.remove(client)
        if will is not None:
            self.route(will.topic, will.payload, will.retain)

    def _keep(self, topic: str, payload: bytes) -> None:
        if payload:
            self.retained[topic] = payload
        else:
            self.retained.pop(topic, None)


class LoopbackTransport:
    """Client of a LoopbackBroker; delivers on the publisher's thread.

    `unacknowledged` holds what a deferred handler has not done yet, in the order in which it
    came; it is delivered again after `connect` and the next `subscribe`.
    """

    def __init__(self, broker: LoopbackBroker) -> None:
        self._broker = broker
        self.unacknowledged: list[Received] = []
        self._deferred = False
        self._filters: set[str] = set()
        self._handler: Handler | None = None
        self._lost: Callable[[str], None] | None = None
        self._will: Will | None = None
        self._connected = False

    @property
    def connected(self) -> bool:
        return self._connected

    def connect(self, will: Will | None = None) -> None:
        self._will = will
        self._connected = True
        self._broker.attach(self)

    def on_message(self, handler: Handler, *, deferred: bool = False) -> None:
        self._handler, self._deferred = handler, deferred

    def on_disconnect(self, handler: Callable[[str], None]) -> None:
        self._lost = handler

    def subscribe(self, *topic_filters: str, kept: bool = True) -> None:
        self._require()
        self._filters.update(topic_filters)
        again, self.unacknowledged = self.unacknowledged, []
        for message in again:
            self.deliver(message)
        for topic, payload in list(self._broker.retained.items()):
            if any(matches(wanted, topic) for wanted in topic_filters):
                self.deliver(Received(topic, payload, True))

    def unsubscribe(self, *topic_filters: str) -> None:
        self._filters.difference_update(topic_filters)

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        expiry_s: int | None = None,
        properties: dict[str, str] | None = None,
        wait_s: float | None = None,
    ) -> Publication:
        self._require()
        publication = Publication(f"this client to use {topic}")
        if topic in self._broker.refused_topics:
            publication.settle("Not authorized")
        else:
            self._broker.route(topic, payload, retain, properties)
            publication.settle()
        if wait_s is not None:
            publication.wait(wait_s)
        return publication

    def deliver(self, message: Received) -> None:
        if self._connected and any(matches(f, message.topic) for f in self._filters):
            self.receive(message)

    def receive(self, message: Received) -> None:
        """A message as it came, whatever was subscribed to."""
        if self._handler is not None:
            self._handler(self._noted(message) if self._deferred else message)

    def _noted(self, message: Received) -> Received:
        """Note it until it is done."""

        def done() -> None:
            self.unacknowledged = [m for m in self.unacknowledged if m is not noted]

        noted = replace(message, done=done)
        self.unacknowledged.append(noted)
        return noted

    def cut(self, reason: str = "cut") -> None:
        """Lose the connection as a broken link does: the will is published."""
        if self._connected:
            self._connected = False
            self._broker.detach(self, self._will)
            if self._lost is not None:
                self._lost(reason)

    def close(self) -> None:
        if self._connected:
            self._connected = False
            self._broker.detach(self, None)

    def _require(self) -> None:
        if not self._connected:
            raise TransportError("not connected")
