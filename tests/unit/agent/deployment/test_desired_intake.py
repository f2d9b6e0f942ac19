"""Which desired states reach the machine, and what is refused."""

from pathlib import Path

import pytest
from lamplighter_agent.deployment.desired_intake import DesiredIntake
from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.deployment.state_machine import Machine, Phase
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Desired, Envelope, Reported
from lamplighter_wire.signing import KeySet, SigningKey, seal

from tests.simulators.idle_effects import IdleEffects

DEVICE = "cam-1"
KEY = SigningKey.generate()


class Device:
    """A runner at rest after revision 3, its intake, and what it reports."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.reports = ManualClock(), list[Reported]()
        journal = Journal(folder / "journal.json")
        journal.save(Record(machine=Machine(phase=Phase.COMMITTED, revision=3, highest=3)))
        self.keys = KeySet.of(KEY)
        self.runner = Runner(DEVICE, journal, IdleEffects(), self.reports.append, self.clock)
        self.doubts = [False]
        self._intake = DesiredIntake(
            lambda: self.keys, DEVICE, self.clock, self.runner, lambda: self.doubts.pop(0)
        )

    def receive(self, desired: Desired, key: SigningKey = KEY) -> None:
        self._intake.receive(decode(seal(desired, key), Envelope))
        self.runner.wait(0.0)

    def follow_to(self, keys: KeySet) -> None:
        self.keys = keys
        self._intake.again()
        self.runner.wait(0.0)

    def desired(self, revision: int, expires_in_s: float = 60.0, device: str = DEVICE) -> Desired:
        expires_at = self.clock.time() + expires_in_s
        return Desired(device=device, revision=revision, expires_at=expires_at)


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_what_is_signed_meant_and_in_time_is_taken(device: Device) -> None:
    device.receive(device.desired(4))
    assert device.runner.record.machine.phase is Phase.FETCHING
    assert device.runner.highest_revision == 4


def test_another_key_is_a_refusal_with_its_reason(device: Device) -> None:
    device.receive(device.desired(4), SigningKey.generate())
    assert device.reports[-1].reason == ReasonCode.SIGNATURE
    assert device.runner.highest_revision == 3


def test_what_is_meant_for_another_device_is_dropped(device: Device) -> None:
    device.receive(device.desired(4, device="cam-2"))
    assert device.reports == []


def test_an_expired_one_is_refused_unless_it_is_what_was_done(device: Device) -> None:
    device.receive(device.desired(4, expires_in_s=-1.0))
    assert device.reports[-1].reason == ReasonCode.EXPIRED
    device.receive(device.desired(3, expires_in_s=-1.0))
    assert (device.reports[-1].reason, device.reports[-1].revision) == ("", 3)


def test_an_expired_one_is_not_refused_while_the_time_is_asked_for(device: Device) -> None:
    device.doubts = [True, False]
    device.receive(device.desired(4, expires_in_s=-1.0))
    assert not device.reports
    device.receive(device.desired(4, expires_in_s=-1.0))
    assert device.reports[-1].reason == ReasonCode.EXPIRED


def test_one_that_came_before_the_key_that_signed_it_is_taken_once_that_key_counts(
    device: Device,
) -> None:
    key = SigningKey.generate()
    device.receive(device.desired(4), key)
    device.follow_to(KeySet.of(key))
    assert device.runner.highest_revision == 4
    device.receive(device.desired(5))
    assert device.reports[-1].reason == ReasonCode.SIGNATURE, "the former key counts no more"
