"""Plans, deployments and desired states."""

import msgspec
import pytest
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import (
    DeviceRecord,
)
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import (
    Reported,
)

from tests.simulators.store_records import deployment, plan


def test_devices_come_in_pages(store: Store) -> None:
    for name in ("cam-3", "cam-1", "cam-2"):
        store.add_device(DeviceRecord(id=name))
    store.save_desired(plan(), deployment(1), b"e")
    store.save_desired(plan(), deployment(2), b"e")
    assert [d.id for d in store.devices(limit=2)] == ["cam-1", "cam-2"]
    assert [d.id for d in store.devices(after="cam-2", limit=2)] == ["cam-3"]
    last = store.last_deployments(["cam-1", "cam-2"])
    assert {name: found.revision for name, found in last.items()} == {"cam-1": 2}


def test_desired_state_is_saved_whole(store: Store, device: DeviceRecord) -> None:
    saved = store.save_desired(plan(), deployment(1), b"envelope")
    found = store.device("cam-1")
    assert (found.revision, found.desired) == (1, b"envelope")
    assert store.deployments("cam-1") == [saved]
    assert [p.id for p in store.plans("cam-1")] == [saved.plan]
    assert store.plans("cam-1")[0].document == plan().document


def test_a_revision_never_goes_back(store: Store, device: DeviceRecord) -> None:
    store.save_desired(plan(), deployment(2), b"new")
    for revision in (1, 2):
        with pytest.raises(ConflictError):
            store.save_desired(plan(), deployment(revision), b"old")
    assert store.device("cam-1").desired == b"new"
    assert len(store.plans("cam-1")) == 1, "the refused plan is not kept either"


def test_a_deployment_records_its_outcome(store: Store, device: DeviceRecord) -> None:
    store.save_desired(plan(), deployment(1), b"e")
    reported = Reported(device="cam-1", revision=1, outcome="rejected", reason="SLOWER")
    store.update_deployment("cam-1", 1, outcome="rejected", reason="SLOWER", reported=reported)
    found = store.deployment("cam-1", 1)
    assert found is not None
    assert (found.outcome, found.reason, found.reported) == ("rejected", "SLOWER", reported)
    assert store.deployment("cam-1", 7) is None


def test_words_are_read_back_as_their_enumeration(store: Store, device: DeviceRecord) -> None:
    store.save_desired(plan(), deployment(1), b"e")
    store.update_deployment("cam-1", 1, outcome=Outcome.COMMITTED)
    stored = store.deployment("cam-1", 1)
    assert stored is not None and stored.outcome is Outcome.COMMITTED


def test_the_newest_orders_of_all_devices_or_of_some(store: Store) -> None:
    for name in ("cam-1", "cam-2"):
        store.add_device(DeviceRecord(id=name))
    for name, revision, at in (("cam-1", 1, 10.0), ("cam-2", 1, 20.0), ("cam-1", 2, 20.0)):
        given = msgspec.structs.replace(deployment(revision), device=name, at=at)
        store.save_desired(msgspec.structs.replace(plan(), device=name), given, b"e")
    found = store.newest_deployments(9)
    assert [(d.device, d.revision) for d in found] == [("cam-2", 1), ("cam-1", 2), ("cam-1", 1)]
    assert [d.revision for d in store.newest_deployments(1, (20.0, "cam-2", 1))] == [2]
    assert [d.at for d in store.newest_deployments(9, among=["cam-2"])] == [20.0]
    assert store.newest_deployments(9, among=[]) == []
    assert [d.revision for d in store.deployments("cam-1", since=15.0)] == [2]
    assert [d.revision for d in store.deployments("cam-1", until=20.0)] == [1]
    assert store.deployments("cam-1", since=11.0, until=20.0) == []
