"""Devices, and what is remembered of them."""

from dataclasses import replace

import msgspec
import pytest
from lamplighter_controller.domain.prediction.predictor import Observation
from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import (
    DeviceRecord,
    DeviceState,
)
from lamplighter_controller.store.telemetry.stores import DeviceChange
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import (
    Capabilities,
    OperatingPoint,
    Probe,
    ProbeEntry,
    Reported,
    Telemetry,
)


def test_a_device_comes_back_as_it_was(store: Store, device: DeviceRecord) -> None:
    assert store.device("cam-1") == device
    with pytest.raises(ConflictError, match="already"):
        store.add_device(device)
    with pytest.raises(NotFoundError, match="cam-2"):
        store.device("cam-2")


def test_what_a_device_says_is_kept(store: Store, device: DeviceRecord) -> None:
    capabilities = Capabilities(device="cam-1", isa=["avx2"], memory_bytes=1 << 33)
    probe = Probe(device="cam-1", entries=[ProbeEntry(name="dense_fp32", latency_p50_ms=3.5)])
    reported = Reported(device="cam-1", revision=3, phases=[("FETCHING", 1.5)])
    store.update_device("cam-1", capabilities=capabilities, probe=probe, reported=reported)
    found = store.device("cam-1")
    assert (found.capabilities, found.probe, found.reported) == (capabilities, probe, reported)
    assert found.version == 1, "only an operator's change counts as a new version"


def test_an_operator_changes_what_he_has_read(store: Store, device: DeviceRecord) -> None:
    changed = store.configure_device("cam-1", 1, labels={"group": "gate"})
    assert (changed.version, changed.labels) == (2, {"group": "gate"})
    with pytest.raises(ConflictError, match="version 2"):
        store.configure_device("cam-1", 1, site="south")
    assert store.configure_device("cam-1", None, site="south").version == 3


def test_retired_devices_are_hidden(store: Store, device: DeviceRecord) -> None:
    store.configure_device("cam-1", None, retired_at=9.0)
    assert store.devices() == []
    assert [d.id for d in store.devices(retired=True)] == ["cam-1"]


def test_state_and_record_change_together(store: Store, device: DeviceRecord) -> None:
    assert store.device_state("cam-1") == DeviceState()
    point = OperatingPoint(variant="v1", width=384, height=288)
    trigger = Trigger(TriggerKind.BREACH, at=3.0, broke=point)
    store.update_state("cam-1", waiting="breach", trigger=trigger)
    record = store.update_device("cam-1", state={"serving": point}, epoch=4)
    assert record.epoch == 4
    expected = DeviceState(waiting="breach", trigger=trigger, serving=point)
    assert store.device_state("cam-1") == expected
    with pytest.raises(NotFoundError):
        store.update_device("cam-9", state={"retries": 1})
    with pytest.raises(NotFoundError):
        store.update_state("cam-9", retries=1)


def test_what_windows_change_is_written_and_nothing_else(
    store: Store, device: DeviceRecord
) -> None:
    store.add_device(msgspec.structs.replace(device, id="cam-2"))
    store.update_device("cam-1", online=True, epoch=3)
    taught = Observation("cam-1", "class", "v1", "384x288", "fp32", 1, 10.0, 12.0)
    store.put_observations("cam-2", [replace(taught, device="cam-2")])
    known = store.devices_and_states(["cam-1", "cam-2", "cam-9", "cam-1"])
    assert set(known) == {"cam-1", "cam-2"}
    window = Telemetry(device="cam-1", seq=1, start=1.0)
    changes = []
    for name, (record, state) in known.items():
        changed = msgspec.structs.replace(
            record, newest_window=window, newest_window_at=7.0, last_seen=8.0, online=False, epoch=0
        )
        observations = (taught,) if name == "cam-1" else None
        later = msgspec.structs.replace(state, retries=1)
        changes.append(DeviceChange(changed, later, observations))
    store.save_changes(changes)
    first = store.device("cam-1")
    assert (first.newest_window, first.newest_window_at, first.last_seen) == (window, 7.0, 8.0)
    assert (first.online, first.epoch) == (True, 3), "others write these"
    assert store.device_state("cam-2").retries == 1
    assert [o.device for o in store.observations()] == ["cam-1", "cam-2"]


def test_observations_by_device(store: Store, device: DeviceRecord) -> None:
    one = Observation("cam-1", "class", "v1", "384x288", "fp32", 1, 10.0, 12.0)
    two = replace(one, latency_p50_ms=13.0)
    store.put_observations("cam-1", [one])
    store.put_observations("cam-1", [one, two])
    assert store.observations() == [one, two]
