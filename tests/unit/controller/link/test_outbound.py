"""Orders wait for the broker, and nobody waits for orders."""

import threading

from lamplighter_controller.link.outbound import Outbound
from lamplighter_wire.errors import RefusedError, TransportError


class Broker:
    """Acknowledges when it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.error: Exception | None = None
        self.acknowledge = threading.Event()

    def publish(self, topic: str, payload: bytes, **_: object) -> None:
        self.acknowledge.wait(10.0)
        if self.error is not None:
            raise self.error
        self.sent.append((topic, payload))


TOPIC = "lamplighter/v1/cam-1/down/desired"


def test_an_order_is_given_without_waiting_for_its_acknowledgement() -> None:
    broker = Broker()
    outbound = Outbound(broker)
    outbound.start()
    outbound.desired("cam-1", b"one")
    assert outbound.unconfirmed == ["cam-1"]
    broker.acknowledge.set()
    outbound.close()
    assert broker.sent in ([], [(TOPIC, b"one")])


def test_what_was_not_confirmed_is_published_again_and_only_the_newest() -> None:
    broker = Broker()
    broker.acknowledge.set()
    broker.error = TransportError("away")
    outbound = Outbound(broker)
    outbound.desired("cam-1", b"one")
    assert not outbound.flush()
    outbound.desired("cam-1", b"two")
    broker.error = None
    assert outbound.flush()
    assert broker.sent == [(TOPIC, b"two")]
    assert outbound.unconfirmed == []


def test_what_the_broker_does_not_permit_is_not_tried_again() -> None:
    broker = Broker()
    broker.acknowledge.set()
    broker.error = RefusedError("no")
    outbound = Outbound(broker)
    outbound.desired("cam-1", b"one")
    assert outbound.flush()
