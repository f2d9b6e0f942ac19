"""Sums over the fleet."""

import pytest
from lamplighter_controller.store.base import DeploymentStanding, Store
from lamplighter_controller.store.fleet.stores import FleetPart, WindowSums
from lamplighter_controller.store.records import (
    DeviceRecord,
    RecompressionRecord,
)
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import (
    OperatingPoint,
    Reported,
    Telemetry,
)

from tests.simulators.store_records import deployment, plan


def test_the_fleet_in_one_look(store: Store, device: DeviceRecord) -> None:
    window = Telemetry(device="cam-1", seq=1, start=1.0, power_w=3.0)
    serving = OperatingPoint(variant="v1")
    store.save_desired(plan(), deployment(1), b"e")
    store.save_desired(plan(), deployment(2), b"e")
    store.update_deployment("cam-1", 1, outcome=Outcome.COMMITTED)
    reported = Reported(device="cam-1", serving=serving)
    store.update_device("cam-1", online=True, newest_window=window, reported=reported)
    store.add_device(DeviceRecord(id="cam-2"))
    store.add_device(DeviceRecord(id="cam-3", retired_at=1.0))
    first, second = sorted(store.count_devices(), key=lambda part: part.serving, reverse=True)
    assert first == FleetPart(True, Outcome.NONE, "v1", 1), "the last one is under way"
    assert second == FleetPart(False, None, "", 1)
    assert store.sum_windows() == WindowSums(power_w=3.0)
    (standing,) = store.deployment_standings(["cam-1", "cam-2"]).values()
    assert standing == DeploymentStanding("v1", 2.0, Outcome.NONE, "")
    for kind in ("ladder", "ladder", "cached"):
        store.add_recompression(
            RecompressionRecord(device="cam-1", at=1.0, trigger="shift", kind=kind)
        )
    assert store.answer_counts() == {"ladder": 2, "cached": 1}


def test_devices_that_were_written_to_are_known_by_a_mark(store: Store) -> None:
    mark = store.changed_devices(0).mark
    for name in ("cam-1", "cam-2", "cam-3"):
        store.add_device(DeviceRecord(id=name))
    store.update_device("cam-1", online=True)
    added = store.changed_devices(mark)
    assert sorted(added.devices) == ["cam-1", "cam-2", "cam-3"]
    store.configure_device("cam-2", None, site="north")
    store.save_desired(plan(), deployment(1), b"e")
    after = store.changed_devices(added.mark)
    assert sorted(after.devices) == ["cam-1", "cam-2"]
    assert store.changed_devices(after.mark).devices == []
    assert {record.id for record in store.some_devices(["cam-1", "cam-9"])} == {"cam-1"}


def test_what_is_undone_marks_no_device(store: Store, device: DeviceRecord) -> None:
    mark = store.changed_devices(0).mark
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.update_device(device.id, online=True)
        raise ZeroDivisionError
    assert store.changed_devices(mark).devices == []
