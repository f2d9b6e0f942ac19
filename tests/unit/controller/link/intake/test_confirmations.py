"""Devices are told what is durable, and what did not arrive; others hear nothing."""

import pytest
from lamplighter_controller.link.intake.confirmations import GAP_S, MOST_AT_ONCE, Confirmations
from lamplighter_wire import topics
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Confirmed
from lamplighter_wire.transport.delivery import PROPERTY
from lamplighter_wire.transport.loopback import LoopbackBroker
from lamplighter_wire.transport.protocol import Received


class Desk:
    """Confirmations over a loopback broker."""

    def __init__(self) -> None:
        self.clock, self.broker = ManualClock(), LoopbackBroker()
        self.link = self.broker.client()
        self.link.connect()
        self.lost: list[tuple[str, int]] = []
        self.acknowledged = 0
        self.confirmations = Confirmations(
            self.link, self.clock, lambda device, count: self.lost.append((device, count))
        )

    def receive(
        self, delivery: str, device: str = "cam-1", *, durable: bool = True, retained: bool = False
    ) -> None:
        properties = {PROPERTY: delivery} if delivery else {}
        received = Received(topics.up(device, "event"), b"{}", retained, properties, self._done)
        done = self.confirmations.expect(device, received)
        if durable:
            done()

    def _done(self) -> None:
        self.acknowledged += 1

    def said(self) -> list[Confirmed]:
        self.broker.log.clear()
        self.confirmations.flush()
        return [decode(payload, Confirmed) for _, payload in self.broker.log]


def confirmed(number: int, epoch: int = 9, *, again: bool = False) -> Confirmed:
    return Confirmed(device="cam-1", epoch=epoch, number=number, again=again)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_is_durable_is_confirmed_once_up_to_the_first_that_is_not(desk: Desk) -> None:
    desk.receive("9/1/1")
    desk.receive("9/2/1", durable=False)
    desk.receive("9/3/1")
    assert desk.said() == [confirmed(1)]
    assert desk.said() == []
    assert desk.acknowledged == 2


def test_who_numbers_nothing_is_told_nothing(desk: Desk) -> None:
    desk.receive("")
    desk.receive("rubbish")
    assert desk.said() == []
    assert desk.acknowledged == 2


def test_a_gap_is_asked_for_and_told_once_it_is_no_mere_disorder(desk: Desk) -> None:
    desk.receive("9/1/1")
    desk.receive("9/4/1")
    assert desk.said() == [confirmed(1)]
    desk.clock.advance(GAP_S)
    assert desk.said() == [confirmed(1, again=True)]
    assert desk.lost == [("cam-1", 2)]
    for number in (2, 3, 4):
        desk.receive(f"9/{number}/2/again")
    assert desk.said() == [confirmed(4)]
    desk.clock.advance(GAP_S)
    assert (desk.said(), len(desk.lost)) == ([], 1)


def test_a_repetition_of_what_never_came_is_told(desk: Desk) -> None:
    desk.receive("9/1/1")
    desk.receive("9/1/1/again")
    assert desk.lost == []
    desk.receive("9/2/2/again")
    assert desk.lost == [("cam-1", 1)]


def test_a_session_that_was_under_way_at_the_start_proves_no_loss(desk: Desk) -> None:
    desk.receive("9/8/5")
    desk.clock.advance(GAP_S)
    assert desk.said() == [confirmed(4, again=True)]
    for number in (5, 6, 7):
        desk.receive(f"9/{number}/5/again")
    assert desk.said() == [confirmed(8)]
    assert desk.lost == []


def test_a_message_that_comes_again_after_it_was_confirmed_is_confirmed_again(desk: Desk) -> None:
    desk.receive("9/1/1")
    desk.said()
    desk.receive("9/1/1/again")
    assert desk.said() == [confirmed(1)]


def test_the_session_that_spoke_last_counts_whatever_its_number(desk: Desk) -> None:
    desk.receive("9/1/1")
    desk.receive("3/1/1")
    assert desk.said() == [confirmed(1, epoch=3)]


@pytest.mark.parametrize("retained", [False, True])
def test_a_birth_is_answered(desk: Desk, retained: bool) -> None:
    desk.receive("9/0/0", retained=retained)
    assert desk.said() == [confirmed(0)]


def test_numbers_far_ahead_fill_no_memory(desk: Desk) -> None:
    desk.receive("9/1/1")
    for number in range(1_000_000, 1_010_000):
        desk.receive(f"9/{number}/1")
    assert desk.said() == [confirmed(1)]
    desk.clock.advance(GAP_S)
    assert desk.said() == []


def test_a_fleet_is_confirmed_some_at_a_time_and_who_waits_with_much_first(desk: Desk) -> None:
    for n in range(3 * MOST_AT_ONCE):
        desk.receive("9/1/1", f"cam-{n}")
    for number in range(1, 17):
        desk.receive(f"9/{number}/1", "busy")
    said = desk.said()
    assert said[0] == Confirmed(device="busy", epoch=9, number=16)
    assert len(said) == 1 + MOST_AT_ONCE
    assert len(desk.said()) == len(desk.said()) == MOST_AT_ONCE
    assert desk.said() == []


def test_without_a_connection_it_stays_due(desk: Desk) -> None:
    desk.receive("9/1/1")
    desk.link.cut()
    with pytest.raises(TransportError):
        desk.said()
    desk.link.connect()
    assert desk.said() == [confirmed(1)]


def test_a_retired_device_is_forgotten(desk: Desk) -> None:
    desk.receive("9/1/1")
    desk.receive("9/5/1")
    desk.confirmations.forget("cam-1")
    desk.clock.advance(GAP_S)
    assert desk.said() == []
