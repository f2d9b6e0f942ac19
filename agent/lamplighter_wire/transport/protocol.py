"""The one narrow seam to a broker."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lamplighter_wire.transport.publication import Publication


def _acknowledged() -> None:
    """The transport acknowledges by itself."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came. `done` says that it was handled, see `Transport.on_message`."""

    topic: str
    payload: bytes
    retained: bool = False
    properties: dict[str, str] = field(default_factory=dict)
    done: Callable[[], None] = field(default=_acknowledged, compare=False, repr=False)


Handler = Callable[[Received], None]


@dataclass(frozen=True, slots=True)
class Will:
    """Published by the broker when the connection is lost."""

    topic: str
    payload: bytes
    retain: bool = True


class Publisher(Protocol):
    """What is needed to speak."""

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
        """QoS 1. With `wait_s`, block until acknowledged.

        Raises:
            RefusedError: waited for, and the broker does not permit it.
            TransportError: there is no connection, or no answer in time.
        """


class Subscriber(Protocol):
    """The listening half of a transport."""

    @property
    def connected(self) -> bool: ...

    def subscribe(self, *topic_filters: str, kept: bool = True) -> None:
        """`kept`: what comes while this client is away waits for it at the broker (QoS 1).

        Raises:
            TransportError: there is no connection.
        """

    def unsubscribe(self, *topic_filters: str) -> None:
        """Raises TransportError where there is no connection."""


class Transport(Publisher, Subscriber, Protocol):
    """A connection to a broker. Handlers are called on the transport's own thread."""

    def connect(self, will: Will | None = None) -> None:
        """Connect once. Raises TransportError with the cause."""

    def on_message(self, handler: Handler, *, deferred: bool = False) -> None:
        """What the handler has taken counts as received when it returns.

        With `deferred` a message counts as received once its `done` is called, once and from any
        thread; what was not done when the connection ended comes again with the next.
        """

    def on_disconnect(self, handler: Callable[[str], None]) -> None:
        """`handler(reason)` is called when an established connection is lost."""

    def close(self) -> None: ...


def matches(topic_filter: str, topic: str) -> bool:
    """MQTT's own matching of a filter with + and # against a topic."""
    wanted, given = topic_filter.split("/"), topic.split("/")
    for i, segment in enumerate(wanted):
        if segment == "#":
            return True
        if i >= len(given) or segment not in ("+", given[i]):
            return False
    return len(wanted) == len(given)
