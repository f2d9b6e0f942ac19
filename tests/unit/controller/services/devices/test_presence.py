"""Who is online: births, wills, and which of them is heard first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.devices.presence import WILL_RECHECK_S
from lamplighter_recipes.errors import RecipeError
from lamplighter_wire import topics
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.messages import Birth, Confirmed, Message, Status

from tests.simulators.controller_rig import Device, Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    made.device().say("birth", Birth(device="cam-1", epoch=1))
    yield made
    made.close()


def hand_over(rig: Rig, channel: str, message: Message) -> None:
    """It has come; nothing is handled yet."""
    rig.broker.route(topics.up("cam-1", channel), encode(message), False)


def kinds(rig: Rig) -> list[str]:
    return [event.kind for event in rig.store.events("cam-1")]


def test_a_will_is_believed_after_a_while(rig: Rig) -> None:
    hand_over(rig, "status", Status(device="cam-1", online=False, epoch=1))
    rig.settle()
    assert rig.store.device("cam-1").online, "a short loss is over before anybody need know"
    rig.wait(WILL_RECHECK_S)
    assert not rig.store.device("cam-1").online
    assert kinds(rig) == ["online", "offline"]


def test_a_birth_that_waits_disproves_a_will(rig: Rig) -> None:
    """As in a storm: the thread that decides comes to all of it late."""
    hand_over(rig, "status", Status(device="cam-1", online=False, epoch=1))
    rig.settle()
    rig.clock.advance(WILL_RECHECK_S + 1.0)
    hand_over(rig, "birth", Birth(device="cam-1", epoch=2))
    rig.settle()
    assert rig.store.device("cam-1").online
    assert kinds(rig) == ["online", "online"]


def test_a_device_is_online_though_nothing_can_be_planned_for_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[VariantSpec]:
        raise RecipeError("a recipe file is broken")

    monkeypatch.setattr(rig.workshop, "offers", broken)
    Device(rig, "cam-1", {}).introduce()
    Device(rig, "cam-1", {}).say("status", Status(device="cam-1", online=False, epoch=1))
    rig.wait(WILL_RECHECK_S)
    assert not rig.store.device("cam-1").online
    hand_over(rig, "birth", Birth(device="cam-1", epoch=2))
    rig.settle()
    assert rig.store.device("cam-1").online


def test_a_will_of_an_earlier_session_says_nothing(rig: Rig) -> None:
    hand_over(rig, "birth", Birth(device="cam-1", epoch=2))
    hand_over(rig, "status", Status(device="cam-1", online=False, epoch=1))
    rig.wait(WILL_RECHECK_S)
    assert rig.store.device("cam-1").online


def test_a_device_whose_numbers_fell_back_is_online_and_told_where_to_go_on(rig: Rig) -> None:
    hand_over(rig, "birth", Birth(device="cam-1", epoch=500))
    rig.settle()
    hand_over(rig, "status", Status(device="cam-1", online=False, epoch=500))
    rig.settle()
    rig.wait(WILL_RECHECK_S)
    assert not rig.store.device("cam-1").online
    hand_over(rig, "birth", Birth(device="cam-1", epoch=7))
    hand_over(rig, "status", Status(device="cam-1", online=True, epoch=7))
    rig.settle()
    assert rig.store.device("cam-1").online
    told = [data for topic, data in rig.broker.log if topic == topics.down("cam-1", "confirmed")]
    assert [decode(data, Confirmed).known for data in told] == [500]


def test_a_number_near_the_end_of_all_is_none_to_go_on_from(rig: Rig) -> None:
    hand_over(rig, "birth", Birth(device="cam-1", epoch=2**53 - 1))
    hand_over(rig, "birth", Birth(device="cam-1", epoch=8))
    rig.settle()
    assert rig.store.device("cam-1").online
    assert not [t for t, _ in rig.broker.log if t == topics.down("cam-1", "confirmed")]
