"""A window of messages under way: what is lost goes again, and nothing floods who is away."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_agent.link.deliveries import (
    FIRST_RESEND_S,
    GREETED_RESEND_S,
    WINDOW,
    WINDOW_BYTES,
    Deliveries,
)
from lamplighter_agent.link.outbox import Outbox
from lamplighter_agent.link.outbox_sender import OutboxSender
from lamplighter_controller.link.intake.delivered import Delivered
from lamplighter_wire import topics
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Confirmed
from lamplighter_wire.transport.delivery import PROPERTY, Delivery, parse_delivery
from lamplighter_wire.transport.loopback import LoopbackBroker
from lamplighter_wire.transport.protocol import Received

EPOCH = 7


def begun(**limits: int) -> Deliveries:
    deliveries = Deliveries(**limits)
    deliveries.begin(EPOCH)
    return deliveries


def sent(deliveries: Deliveries, count: int, now: float = 0.0) -> list[Delivery]:
    return [deliveries.send(100 + n, 10, now) for n in range(count)]


def confirmed(number: int, *, again: bool = False, epoch: int = EPOCH) -> Confirmed:
    return Confirmed(epoch=epoch, number=number, again=again)


def test_no_more_than_a_window_is_under_way_and_a_confirmation_makes_room() -> None:
    deliveries = begun()
    assert [d.number for d in sent(deliveries, WINDOW)] == list(range(1, WINDOW + 1))
    assert deliveries.room(1.0) == 0
    deliveries.confirm(confirmed(5), 1.0)
    assert deliveries.take_confirmed() == [100, 101, 102, 103, 104]
    assert deliveries.room(1.0) == 5
    assert deliveries.send(200, 10, 1.0) == Delivery(EPOCH, WINDOW + 1, 6)


def test_large_messages_are_under_way_one_by_one() -> None:
    deliveries = begun()
    deliveries.send(1, WINDOW_BYTES + 1, 0.0)
    assert deliveries.room(0.0) == 0


def test_without_a_confirmation_one_goes_again_and_ever_more_seldom() -> None:
    deliveries, times = begun(), []
    sent(deliveries, WINDOW)
    for second in range(3600):
        if deliveries.room(float(second)):
            again = deliveries.send(deliveries.due_again()[0], 10, float(second))
            assert again == Delivery(EPOCH, 1, 1, True)
            times.append(second)
    assert times[0] == FIRST_RESEND_S
    assert len(times) < 10, "a controller that is away for an hour costs the broker little"


def test_who_is_away_for_long_is_not_flooded_when_back() -> None:
    deliveries = begun()
    sent(deliveries, WINDOW)
    now = FIRST_RESEND_S
    for number, room in ((1, 2), (3, 4), (7, 8)):
        assert deliveries.room(now) == room / 2
        for seq in deliveries.due_again()[: int(room / 2)]:
            deliveries.send(seq, 10, now)
        deliveries.confirm(confirmed(number), now)
        assert deliveries.room(now) == room


def test_a_controller_that_is_there_and_confirms_nothing_is_sent_it_again_soon() -> None:
    deliveries = begun()
    sent(deliveries, WINDOW)
    deliveries.confirm(confirmed(0), 1.0)
    assert not deliveries.room(GREETED_RESEND_S)
    assert deliveries.room(1.0 + GREETED_RESEND_S) == 1


def test_what_the_last_session_sent_may_still_be_confirmed() -> None:
    deliveries = begun()
    sent(deliveries, 3)
    deliveries.begin(EPOCH + 1)
    assert deliveries.room(0.0) == WINDOW
    assert deliveries.send(100, 10, 0.0) == Delivery(EPOCH + 1, 1, 1)
    deliveries.confirm(confirmed(2), 0.0)
    deliveries.confirm(confirmed(9, epoch=3), 0.0)
    assert sorted(deliveries.take_confirmed()) == [100, 101]
    assert deliveries.under_way() == []


@given(st.data())
def test_whatever_a_broker_drops_all_arrives_and_what_is_forgotten_has_arrived(
    data: st.DataObject,
) -> None:
    deliveries, here = begun(), set[int]()
    there: Delivered | None = None
    waiting, now = list(range(100, 140)), 0.0
    while waiting or deliveries.under_way():
        now += 30.0
        due = deliveries.due_again()[: deliveries.room(now)]
        due += waiting[: max(0, deliveries.room(now) - len(due))]
        for seq in due:
            delivery = deliveries.send(seq, 10, now)
            if now < 3000 and data.draw(st.booleans()):
                continue  # the broker drops it
            here.add(seq)
            there = there or Delivered.first(delivery)
            there.arrive(delivery)
            there.settle(delivery.number)
        waiting = [seq for seq in waiting if seq not in deliveries.under_way()]
        if there is not None and (now > 3000 or data.draw(st.booleans())):
            deliveries.confirm(confirmed(there.through, again=there.missing > 0), now)
        assert set(deliveries.take_confirmed()) <= here
        assert now < 20_000
    assert here == set(range(100, 140))


@pytest.mark.parametrize("text", ["", "1/2", "1/2/3", "a/1/1", "1/1/1/x", "1/0/1", "9" * 99])
def test_what_says_nothing_that_can_be_is_no_delivery(text: str) -> None:
    assert parse_delivery(text) is None


@pytest.mark.parametrize(
    "delivery", [Delivery(1, 0, 0), Delivery(2, 5, 3), Delivery(2, 5, 5, True)]
)
def test_a_delivery_reads_as_it_was_written(delivery: Delivery) -> None:
    assert parse_delivery(str(delivery)) == delivery


class Road:
    """A sender over a loopback broker; `heard` is what came, with its properties."""

    def __init__(self, folder: Path) -> None:
        broker, self.clock = LoopbackBroker(), ManualClock()
        self.outbox = Outbox(folder / "outbox.db", clock=self.clock)
        self.heard: list[Received] = []
        controller, device = broker.client(), broker.client()
        for client in (controller, device):
            client.connect()
        controller.on_message(self.heard.append)
        controller.subscribe(topics.ALL_UP)
        self.refused: list[str] = []
        self.sender = OutboxSender(
            device, "cam-1", self.outbox, self.clock, lambda _channel: {}, self.refused.append
        )
        self.sender.begin(EPOCH)

    def flush(self) -> None:
        while self.sender.flush():
            pass

    def confirm(self, number: int, *, again: bool = False) -> None:
        said = Confirmed(device="cam-1", epoch=EPOCH, number=number, again=again)
        self.sender.confirm(said)
        self.flush()

    @property
    def numbers(self) -> list[str]:
        return [message.properties[PROPERTY] for message in self.heard]


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path)


def put(road: Road, count: int) -> None:
    for n in range(count):
        road.outbox.put("event", str(n).encode())


def test_the_brokers_word_is_not_enough(
    road: Road, tmp_path: Path, remade: Callable[[Road, Path], Road]
) -> None:
    put(road, 40)
    road.flush()
    assert (len(road.heard), len(road.outbox)) == (WINDOW, 40)
    road.confirm(10)
    assert (len(road.heard), len(road.outbox)) == (WINDOW + 10, 30)
    again = remade(road, tmp_path)
    again.flush()
    assert (len(again.heard), len(again.outbox)) == (WINDOW, 30), "also after a restart"


def test_what_did_not_arrive_goes_again_with_its_numbers(road: Road) -> None:
    road.confirm(0)
    put(road, 4)
    road.flush()
    road.confirm(1, again=True)
    assert road.numbers[4:] == ["7/2/2/again", "7/3/2/again", "7/4/2/again"]
    road.confirm(4)
    assert len(road.outbox) == 0


def test_what_an_outbox_has_dropped_is_not_waited_for(road: Road) -> None:
    road.confirm(0)
    put(road, 2)
    road.flush()
    road.outbox.ack([entry.seq for entry in road.outbox.peek(1)])
    road.confirm(0, again=True)
    assert road.numbers[2:] == ["7/2/2/again"]


def test_confirmations_of_others_are_none(road: Road) -> None:
    road.confirm(0)
    put(road, 1)
    road.flush()
    road.sender.confirm(Confirmed(device="cam-2", epoch=EPOCH, number=1))
    road.flush()
    assert len(road.outbox) == 1


@pytest.fixture
def remade() -> Callable[[Road, Path], Road]:
    def make(road: Road, folder: Path) -> Road:
        road.outbox.close()
        return Road(folder)

    return make
