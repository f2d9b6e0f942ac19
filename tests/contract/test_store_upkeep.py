"""What is old goes, some rows at a time; what holds stays."""

from collections.abc import Iterator

import pytest
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.pruning import HistoryKind
from lamplighter_controller.store.records import (
    DeploymentRecord,
    DeviceRecord,
    EventRecord,
    JobRecord,
    PlanRecord,
    RecompressionRecord,
)
from lamplighter_controller.store.sql import SqlStore
from lamplighter_wire.enums import JobKind


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = SqlStore(url)
    opened.add_device(DeviceRecord(id="cam-1"))
    yield opened
    opened.close()


def plan(device: str = "cam-1", at: float = 1.0) -> PlanRecord:
    return PlanRecord(device=device, at=at, cause="probe", variant="v1", regime="")


def save(store: Store, revision: int, device: str = "cam-1") -> None:
    record = DeploymentRecord(device=device, revision=revision, plan=0, variant="v1", at=2.0)
    store.save_desired(plan(device), record, b"e")


def prune_all(store: Store, kind: HistoryKind, limit: int = 1) -> int:
    """All of a kind that may go, some rows at a time."""
    rows, position = 0, None
    while True:
        pruned = store.prune_history(kind, 10.0, position, limit)
        rows += pruned.rows
        position = pruned.position
        if position is None:
            return rows


def test_rows_that_stay_do_not_hide_those_that_go(store: Store) -> None:
    names = ("cam-1", "cam-2", "cam-3")
    for name in names:
        if name != "cam-1":
            store.add_device(DeviceRecord(id=name))
        for revision in (1, 2, 3):
            save(store, revision, name)
    assert prune_all(store, HistoryKind.DEPLOYMENTS, limit=2) == 6
    assert prune_all(store, HistoryKind.PLANS, limit=2) == 6
    for name in names:
        assert [d.revision for d in store.deployments(name)] == [3]
        assert len(store.plans(name)) == 1


def test_old_history_goes_and_what_holds_stays(store: Store) -> None:
    for revision in (1, 2):
        save(store, revision)
    late = store.add_plan(plan(at=20.0))
    for at, kind in ((1.0, "old"), (20.0, "new")):
        store.add_event(EventRecord(device="cam-1", at=99.0 - at, kind=kind, received_at=at))
        store.put_job(JobRecord(id=kind, kind=JobKind.BUILD, subject="v1", finished_at=at))
    store.put_job(JobRecord(id="running", kind=JobKind.BUILD, subject="v1"))
    answers = [
        store.add_recompression(
            RecompressionRecord(device="cam-1", at=at, trigger="shift", outcome=outcome)
        )
        for at, outcome in ((1.0, "committed"), (1.0, ""), (20.0, "committed"))
    ]
    gone = 1 + 1 + 1 + 1 + 1  # an event, a job, an answer, a deployment and its plan
    assert sum(prune_all(store, kind) for kind in HistoryKind) == gone
    assert sum(prune_all(store, kind) for kind in HistoryKind) == 0
    assert [e.kind for e in store.events()] == ["new"]
    assert {j.id for j in store.jobs()} == {"new", "running"}
    assert store.recompressions() == answers[1:]
    (last,) = store.deployments("cam-1")
    assert last.revision == 2, "what the device should serve"
    assert {p.id for p in store.plans("cam-1")} == {last.plan, late.id}
