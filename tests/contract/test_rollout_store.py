"""Rollouts and their devices are kept, on every database."""

import msgspec
import pytest
from lamplighter_controller.domain.rollouts.rollout import (
    Rollout,
    RolloutPlan,
    RolloutState,
    Target,
    TargetState,
)
from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.rollouts.records import RolloutRecord

ROLLOUT = Rollout(name="r1", plan=RolloutPlan(target="m", group="g", objective={"power_w": 5.0}))
RECORD = RolloutRecord(name="r1", state=ROLLOUT.state, rollout=ROLLOUT, by="ops", created_at=5.0)
CAM = Target(device="cam-1", site="north", before="v1", objective_before={"power_w": 7.0})


def test_a_rollout_and_its_devices(store: Store, device: DeviceRecord) -> None:
    store.add_device(DeviceRecord(id="cam-2"))
    store.add_rollout(RECORD)
    assert (store.rollouts(), store.rollout("r1")) == ([RECORD], RECORD)
    other = msgspec.structs.replace(CAM, device="cam-2", wave=1)
    running = msgspec.structs.replace(
        RECORD,
        state=RolloutState.RUNNING,
        version=2,
        rollout=msgspec.structs.replace(ROLLOUT, state=RolloutState.RUNNING, wave=1),
    )
    store.save_rollout(running, [CAM, other])
    assert store.rollout("r1") == running
    assert store.rollout_targets("r1") == [CAM, other]
    assert store.rollout_targets("r1", after="cam-1", limit=1) == [other]
    changed = msgspec.structs.replace(CAM, state=TargetState.WATCHED, changed_at=9.0)
    store.save_rollout(running, [changed])
    assert store.rollout_targets("r1") == [changed, other]
    assert store.rollouts([RolloutState.DRAFT]) == []
    assert store.rollouts([RolloutState.RUNNING]) == [running]


def test_devices_lie_in_their_own_rows_only(store: Store, device: DeviceRecord) -> None:
    store.add_rollout(RECORD)
    whole = msgspec.structs.replace(ROLLOUT, targets={"cam-1": CAM})
    store.save_rollout(msgspec.structs.replace(RECORD, rollout=whole), [CAM])
    assert store.rollout("r1").rollout.targets == {}


def test_failures_are_counted_by_device_and_time(store: Store, device: DeviceRecord) -> None:
    """Also those of who went back with all others afterwards."""
    for name, at, state in (
        ("a", 10.0, TargetState.FAILED),
        ("b", 20.0, TargetState.ROLLED_BACK),
        ("c", 20.0, TargetState.WAITING),
        ("d", 8.0, TargetState.SKIPPED),  # it waited for another try when that was aborted
        ("e", 20.0, TargetState.FAILED),
    ):
        record = msgspec.structs.replace(RECORD, name=name)
        store.add_rollout(record)
        failed = msgspec.structs.replace(CAM, state=state, failures=1, changed_at=at)
        failed = msgspec.structs.replace(failed, is_released=name == "e")  # another one's by now
        store.save_rollout(record, [failed])
    assert store.failures(0.0) == {"cam-1": 3}
    assert store.failures(9.0) == {"cam-1": 2}
    assert store.failures(15.0) == {"cam-1": 1}
    assert store.failures(25.0) == {}


def test_names_are_taken_once(store: Store) -> None:
    store.add_rollout(RECORD)
    with pytest.raises(ConflictError, match="already"):
        store.add_rollout(RECORD)
    with pytest.raises(NotFoundError, match="rollout list"):
        store.rollout("r2")
