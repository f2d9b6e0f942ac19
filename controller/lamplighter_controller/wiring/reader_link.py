"""What readers need of the broker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Retains(Protocol):
    """A connection to the broker."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> object: ...


@dataclass(frozen=True)
class ReaderLink:
    """The broker as readers are concerned.

    Attributes:
        changed: it is to know that a reader, by its name there, has come or gone. Does not wait.
        publish: topic and what is retained there; raises TransportError without a connection.
    """

    changed: Callable[[str], object] = lambda _user: None
    publish: Callable[[str, bytes], object] = lambda _topic, _payload: None


def reader_link(connection: Retains, changed: Callable[[str], object]) -> ReaderLink:
    """Over a connection."""

    def publish(topic: str, payload: bytes) -> None:
        connection.publish(topic, payload, retain=True)

    return ReaderLink(changed, publish)
