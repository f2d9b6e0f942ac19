"""A device whose hardware has changed is told of and planned for anew."""

from pathlib import Path

import msgspec
import pytest

from tests.simulators.controller_rig import Rig, spec


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, [spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.80, 300.0)])


def kinds(rig: Rig) -> list[str]:
    return [event.kind for event in rig.store.events("cam-1")]


def test_other_hardware_under_the_same_key_is_planned_for_anew(rig: Rig) -> None:
    device = rig.device(cpu_model="Board A")
    device.introduce(dense_ms=8.0)
    device.report("committed", phase="COMMITTED")
    before = len(rig.store.plans("cam-1"))
    device.capabilities = msgspec.structs.replace(
        device.capabilities, cpu_model="Board B", cores=1, memory_bytes=1 << 29
    )
    device.introduce(dense_ms=80.0)
    assert "capabilities" in kinds(rig)
    assert len(rig.store.plans("cam-1")) > before
    record = rig.store.device("cam-1")
    assert record.capabilities is not None
    assert (record.capabilities.cpu_model, record.site) == ("Board B", "")


def test_what_is_no_change_of_the_device_leads_to_no_plan(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    before = len(rig.store.plans("cam-1"))
    device.capabilities = msgspec.structs.replace(
        device.capabilities, disk_free_bytes=5, certificate_ends_at=9.0, authorities=2
    )
    device.say("capabilities", device.capabilities)
    assert "capabilities" not in kinds(rig)
    assert len(rig.store.plans("cam-1")) == before
