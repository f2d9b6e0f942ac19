"""What every store must do. Add another database by adding a parameter."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.domain.prediction.predictor import Observation
from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.errors import ConflictError, NotFoundError, StoreError
from lamplighter_controller.store.base import DeviceChange, FleetMember, Store
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.records import (
    ApiTokenRecord,
    DeploymentRecord,
    DeviceRecord,
    DeviceState,
    EventRecord,
    JobRecord,
    PlanRecord,
    RecompressionRecord,
    TokenRecord,
    VariantRecord,
)
from lamplighter_controller.store.sql import SqlStore
from lamplighter_wire.enums import JobKind, JobState, Outcome, TriggerKind
from lamplighter_wire.messages import (
    Capabilities,
    OperatingPoint,
    Probe,
    ProbeEntry,
    Reported,
    Telemetry,
)

SIZES = [(384, 288), (512, 384)]


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = SqlStore(url)
    yield opened
    opened.close()


@pytest.fixture
def device(store: Store) -> DeviceRecord:
    record = DeviceRecord(id="cam-1", site="north", labels={"group": "street"}, enrolled_at=5.0)
    store.add_device(record)
    return record


def plan(at: float = 1.0) -> PlanRecord:
    document = {"reasons": ["cheapest"], "figure": 1.5}
    return PlanRecord(
        device="cam-1", at=at, cause="probe", variant="v1", regime="day-dry-free", document=document
    )


def deployment(revision: int) -> DeploymentRecord:
    return DeploymentRecord(device="cam-1", revision=revision, plan=0, variant="v1", at=2.0)


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


def test_devices_come_in_pages(store: Store) -> None:
    for name in ("cam-3", "cam-1", "cam-2"):
        store.add_device(DeviceRecord(id=name))
    store.save_desired(plan(), deployment(1), b"e")
    store.save_desired(plan(), deployment(2), b"e")
    assert [d.id for d in store.devices(limit=2)] == ["cam-1", "cam-2"]
    assert [d.id for d in store.devices(after="cam-2", limit=2)] == ["cam-3"]
    last = store.last_deployments(["cam-1", "cam-2"])
    assert {name: found.revision for name, found in last.items()} == {"cam-1": 2}


def test_a_token_is_used_once(store: Store) -> None:
    store.add_token(
        TokenRecord(id="t1", device="cam-1", secret="s", created_at=1.0, expires_at=2.0)
    )
    wins: list[bool] = []
    threads = [
        threading.Thread(target=lambda i=i: wins.append(store.use_token("t1", f"key{i}", 1.5)))
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wins) == [False, False, False, True]
    used = store.token("t1")
    assert used.used_at == 1.5
    assert store.use_token("t1", used.used_key, 1.7), "the same key may ask again"
    assert store.token("t1").used_at == 1.5, "its first use counts"
    with pytest.raises(NotFoundError):
        store.token("t2")


def test_api_tokens(store: Store) -> None:
    record = ApiTokenRecord(secret_hash="h", name="ops", role="operator", created_at=1.0)
    store.add_api_token(record)
    assert store.api_token("h") == record
    assert store.api_token("x") is None


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


def test_telemetry_drops_what_it_has(store: Store, device: DeviceRecord) -> None:
    windows = [Telemetry(device="cam-1", seq=i, start=10.0 * i) for i in range(1, 5)]
    assert store.add_telemetry(windows[:3], 100.0) == windows[:3]
    assert store.add_telemetry([*windows, windows[3]], 200.0) == windows[3:]
    assert store.telemetry("cam-1") == windows
    assert store.telemetry("cam-1", since=20.0, limit=2) == windows[2:]


def test_a_transaction_is_kept_as_a_whole_or_not_at_all(store: Store, device: DeviceRecord) -> None:
    window = Telemetry(device="cam-1", seq=1, start=1.0)
    with pytest.raises(RuntimeError), store.transaction():
        store.add_telemetry([window], 5.0)
        store.update_device("cam-1", online=True)
        raise RuntimeError("power")
    assert store.telemetry("cam-1") == []
    assert not store.device("cam-1").online
    with store.transaction():
        assert store.add_telemetry([window], 5.0) == [window]
        store.update_state("cam-1", retries=2)
    assert store.telemetry("cam-1") == [window]
    assert store.device_state("cam-1").retries == 2


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


def test_events_are_numbered_and_not_doubled(store: Store) -> None:
    event = EventRecord(device="cam-1", seq=4, at=1.0, kind="breach", data={"p95": 80.0})
    first = store.add_event(event)
    assert first is not None
    assert first.id > 0
    assert store.add_event(event) is None
    own = store.add_event(EventRecord(kind="started"))
    assert own is not None
    assert store.events() == [first, own]
    assert store.events(device="cam-1") == [first]
    assert store.events(after=first.id) == [own]
    assert store.events(limit=1) == [own]


def test_variants_and_jobs_are_replaced_by_id(store: Store) -> None:
    variant = VariantRecord(
        id="v1", model="m", recipe="r", manifest="f" * 64, size_bytes=9, built_at=1.0
    )
    store.put_variant(variant)
    newer = msgspec.structs.replace(variant, built_at=2.0, document={"precision": "int8"})
    store.put_variant(newer)
    assert store.variants() == [newer]
    job = JobRecord(id="j1", kind=JobKind.BUILD, subject="v1", created_at=1.0)
    store.put_job(job)
    done = msgspec.structs.replace(job, state=JobState.DONE, progress=1.0, finished_at=2.0)
    store.put_job(done)
    store.put_job(JobRecord(id="j0", kind=JobKind.BUILD, subject="v2", created_at=3.0))
    assert [j.id for j in store.jobs()] == ["j0", "j1"]
    assert store.jobs()[1] == done


def test_recompressions(store: Store, device: DeviceRecord) -> None:
    added = store.add_recompression(
        RecompressionRecord(device="cam-1", at=1.0, trigger="shift", seconds={"detected": 0.5})
    )
    assert (added.from_point, added.to_point) == (None, None)
    small, large = (OperatingPoint(variant="v1", width=w, height=h) for w, h in SIZES)
    changed = msgspec.structs.replace(
        added,
        kind="cached",
        justified=True,
        reasons=["gain"],
        from_point=small,
        to_point=large,
        fps_demand=4.5,
    )
    store.update_recompression(changed)
    assert store.recompressions() == store.recompressions("cam-1") == [changed]
    assert store.recompressions("cam-2") == []
    assert store.recompression(changed.id) == changed
    assert store.recompression(changed.id + 1) is None


def test_an_answer_is_found_by_its_revision(store: Store, device: DeviceRecord) -> None:
    first, second = (
        store.add_recompression(
            RecompressionRecord(device="cam-1", at=1.0, trigger="shift", revision=revision)
        )
        for revision in (0, 3)
    )
    assert store.recompression_of("cam-1", 3) == second
    assert store.recompression_of("cam-1", first.revision) is None, "it has none yet"
    assert store.recompression_of("cam-2", 3) is None


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
    first, second = sorted(store.fleet(), key=lambda member: member.serving, reverse=True)
    assert first == FleetMember(True, Outcome.NONE, "v1", window), "the last one is under way"
    assert second == FleetMember(False, None, "", None)
    for kind in ("ladder", "ladder", "cached"):
        store.add_recompression(
            RecompressionRecord(device="cam-1", at=1.0, trigger="shift", kind=kind)
        )
    assert store.answer_counts() == {"ladder": 2, "cached": 1}


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


def test_observations_by_device(store: Store, device: DeviceRecord) -> None:
    one = Observation("cam-1", "class", "v1", "384x288", "fp32", 1, 10.0, 12.0)
    two = replace(one, latency_p50_ms=13.0)
    store.put_observations("cam-1", [one])
    store.put_observations("cam-1", [one, two])
    assert store.observations() == [one, two]


def test_jobs_that_have_not_ended(store: Store) -> None:
    for state in ("queued", "running", "done", "failed"):
        store.put_job(JobRecord(id=state, kind=JobKind.BUILD, subject="v", state=JobState(state)))
    assert {job.id for job in store.open_jobs()} == {"queued", "running"}
    job = store.job("done")
    assert job is not None and job.state == "done"
    assert store.job("other") is None


def test_words_are_read_back_as_their_enumeration(store: Store, device: DeviceRecord) -> None:
    store.save_desired(plan(), deployment(1), b"e")
    store.update_deployment("cam-1", 1, outcome=Outcome.COMMITTED)
    stored = store.deployment("cam-1", 1)
    assert stored is not None and stored.outcome is Outcome.COMMITTED


def test_everything_is_there_after_reopening(url: str) -> None:
    first = SqlStore(url)
    first.add_device(DeviceRecord(id="cam-1"))
    first.save_desired(plan(), deployment(1), b"e")
    first.close()
    second = SqlStore(url)
    assert second.device("cam-1").revision == 1
    second.close()


def test_a_directory_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        SqlStore(sqlite_url(tmp_path / "no" / "such.db"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:secret@127.0.0.1:1/db", "postgresql.*cannot be used"),
        ("nonsense", "not a database URL"),
        ("mysql://x", "no driver for this database"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as raised:
        SqlStore(url)
    assert "secret" not in str(raised.value)
