"""Two machines with one identity: noticed, told, and the second is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.store.records import CertificateRecord
from lamplighter_wire.codec import decode
from lamplighter_wire.messages import Birth, Command, Event
from lamplighter_wire.topics import down

from tests.simulators.controller_rig import Device, Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


def born(device: Device, epoch: int, run: str) -> None:
    """A session of some run of the agent's program begins."""
    device.say("birth", Birth(device="cam-1", epoch=epoch, run=run))


def notices(rig: Rig) -> list[str]:
    (wrong,) = rig.services.health.all_notices([rig.store.device("cam-1")])
    return [notice.kind for notice in wrong if "clone" in notice.kind]


def orders(rig: Rig) -> list[Command]:
    """What the device was told."""
    topic = down("cam-1", "command")
    return [decode(payload, Command) for name, payload in rig.broker.log if name == topic]


def test_a_program_that_is_started_again_is_no_clone(rig: Rig) -> None:
    device = rig.device()
    for epoch, run in enumerate(("a", "a", "b", "c", "c"), 1):
        born(device, epoch, run)
    assert notices(rig) == []
    assert rig.store.device_state("cam-1").runs == {"a": 2, "b": 3, "c": 5}


def test_a_birth_that_is_delivered_again_is_no_clone(rig: Rig) -> None:
    device = rig.device()
    for epoch, run in ((1, "a"), (2, "b"), (1, "a"), (2, "b")):
        born(device, epoch, run)
    assert notices(rig) == []


def test_one_that_comes_back_is_told_to_make_a_key_and_the_other_is_refused(rig: Rig) -> None:
    device = rig.device()
    for serial, at in (("a1", 1.0), ("a2", 2.0)):
        rig.store.add_certificate(CertificateRecord(serial=serial, device="cam-1", issued_at=at))
    for epoch, run in enumerate(("a", "b", "a"), 1):
        born(device, epoch, run)
    assert notices(rig) == ["cloned"]
    assert [(order.kind, order.data) for order in orders(rig)] == [("renew", {"run": "a"})]
    born(device, 4, "b")
    assert len(orders(rig)) == 1, "the second is told nothing"
    born(device, 5, "a")
    assert len(orders(rig)) == 2, "an order may have met the second"
    renewed = Event(device="cam-1", seq=1, at=rig.clock.time(), kind="certificate_renewed")
    device.say("event", renewed)
    assert [c.serial for c in rig.store.revoked_certificates()] == ["a1"]
    assert notices(rig) == ["clone_refused"]
    rig.clock.advance(2 * 86400.0)
    assert notices(rig) == []


def test_agents_that_do_not_say_their_run_are_left_alone(rig: Rig) -> None:
    device = rig.device()
    for epoch in range(1, 5):
        born(device, epoch, "")
    assert rig.store.device_state("cam-1").runs == {}
