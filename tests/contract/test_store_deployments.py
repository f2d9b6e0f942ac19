"""Plans, deployments and desired states."""

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
