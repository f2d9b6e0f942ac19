"""While the workshop prepares its parents the controller answers, and decisions wait."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.services.event_log import ControllerEvent
from lamplighter_wire.messages import Birth, OperatingPoint

from tests.simulators.controller_rig import Rig, spec
from tests.simulators.device_messages import telemetry


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.80, 300.0)])
    made.workshop.preparing = True
    made.services.restart.start_over()
    yield made
    made.close()


def test_a_device_is_received_and_decided_for_when_all_is_offered(rig: Rig) -> None:
    device = rig.device()
    device.say("birth", Birth(device="cam-1", epoch=1))
    device.introduce()
    device.say("telemetry", telemetry(rig, OperatingPoint(), 30.0))
    assert rig.store.device("cam-1").online
    assert rig.store.telemetry("cam-1")
    assert rig.store.device("cam-1").probe is not None
    assert device.orders == []
    assert rig.store.plans("cam-1") == [], "not planned from half a catalogue"

    rig.workshop.preparing = False
    rig.services.restart.start_waiting("")
    rig.settle()
    assert device.desired.primary.point.variant == "full-fp32"
    assert rig.store.device_state("cam-1").waiting == ""


def test_what_waits_is_decided_after_a_restart_too(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    assert rig.store.device_state("cam-1").waiting
    rig.workshop.preparing = False
    rig.services.restart.start_over()
    rig.settle()
    assert device.desired.revision == 1


def test_a_failed_preparation_is_an_event_and_the_rest_is_served(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    rig.workshop.preparing = False
    rig.services.restart.start_waiting("no weights")
    rig.settle()
    kinds = {event.kind for event in rig.store.events()}
    assert ControllerEvent.PREPARE_FAILED in kinds
    assert ControllerEvent.PREPARED not in kinds
    assert device.desired.revision == 1
