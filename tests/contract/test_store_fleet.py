"""Sums over the fleet."""

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
