"""Orders wait for the broker, and nobody waits for orders."""

import threading

import pytest
from lamplighter_controller.link.outbound import Outbound
from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.publication import Publication


class Broker:
    """Keeps what it was sent, and answers when it is told to."""

    def __init__(self, *, answers: bool = True) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.error: TransportError | None = None
        self.refusal = ""
        self.answers = answers
        self.under_way: list[Publication] = []
        self.arrived = threading.Event()

    def publish(self, topic: str, payload: bytes, **_: object) -> Publication:
        if self.error is not None:
            raise self.error
        self.sent.append((topic, payload))
        publication = Publication(topic)
        self.under_way.append(publication)
        if self.answers:
            publication.settle(self.refusal)
        self.arrived.set()
        return publication

    def answer(self) -> None:
        for publication in self.under_way:
            publication.settle(self.refusal)


TOPIC = "lamplighter/v1/cam-1/down/desired"


def test_an_order_is_given_without_waiting_for_its_acknowledgement() -> None:
    broker = Broker(answers=False)
    outbound = Outbound(broker)
    outbound.start()
    outbound.desired("cam-1", b"one")
    assert broker.arrived.wait(60.0)
    assert outbound.unconfirmed == ["cam-1"]
    broker.answer()
    outbound.close()
    assert outbound.unconfirmed == []


def test_no_order_waits_for_the_acknowledgement_of_another() -> None:
    broker = Broker(answers=False)
    outbound = Outbound(broker)
    for number in range(3):
        outbound.desired(f"cam-{number}", b"one")
    outbound.start()
    while len(broker.sent) < 3:
        assert broker.arrived.wait(60.0)
    assert outbound.unconfirmed == ["cam-0", "cam-1", "cam-2"]
    broker.answer()
    outbound.close()
    assert outbound.unconfirmed == []


def test_an_order_of_meanwhile_waits_for_no_acknowledgement_either() -> None:
    broker = Broker(answers=False)
    outbound = Outbound(broker)
    outbound.desired("cam-1", b"one")
    outbound.start()
    assert broker.arrived.wait(60.0)
    broker.arrived.clear()
    outbound.desired("cam-1", b"two")
    assert broker.arrived.wait(60.0)
    assert broker.sent == [(TOPIC, b"one"), (TOPIC, b"two")]
    broker.answer()
    outbound.close()
    assert outbound.unconfirmed == []


def test_orders_without_a_connection_are_one_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = Broker()
    broker.error = TransportError("away")
    outbound = Outbound(broker)
    for number in range(100):
        outbound.desired(f"cam-{number}", b"one")
    assert not outbound.flush()
    assert len(outbound.unconfirmed) == 100
    assert len(caplog.records) == 1


def test_what_was_not_confirmed_is_published_again_and_only_the_newest() -> None:
    broker = Broker()
    broker.error = TransportError("away")
    outbound = Outbound(broker)
    outbound.desired("cam-1", b"one")
    assert not outbound.flush()
    outbound.desired("cam-1", b"two")
    broker.error = None
    assert outbound.flush()
    assert broker.sent == [(TOPIC, b"two")]
    assert outbound.unconfirmed == []


def test_what_a_lost_connection_left_unanswered_is_published_again() -> None:
    broker = Broker(answers=False)
    outbound = Outbound(broker)
    outbound.desired("cam-1", b"one")

    def cut() -> None:
        broker.arrived.wait(60.0)
        broker.under_way[0].lose("cut")

    threading.Thread(target=cut, daemon=True).start()
    assert not outbound.flush()
    broker.answers = True
    assert outbound.flush()
    assert broker.sent == 2 * [(TOPIC, b"one")]


def test_what_the_broker_does_not_permit_is_not_tried_again() -> None:
    broker = Broker()
    broker.refusal = "no"
    outbound = Outbound(broker)
    outbound.desired("cam-1", b"one")
    assert outbound.flush()
