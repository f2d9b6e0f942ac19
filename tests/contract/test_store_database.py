"""One database: transactions, and what cannot be one."""

import sqlite3
import threading
from pathlib import Path

import pytest
from lamplighter_controller.errors import StoreError
from lamplighter_controller.store.base import (
    AdaptationStore,
    DeploymentStore,
    DeviceStore,
    JobStore,
    ObservationStore,
    Store,
    VariantStore,
)
from lamplighter_controller.store.database import Database
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.fleet.stores import FleetStore
from lamplighter_controller.store.parts.adaptations import SqlAdaptations
from lamplighter_controller.store.parts.deployments import SqlDeployments
from lamplighter_controller.store.parts.devices import SqlDevices
from lamplighter_controller.store.parts.events import SqlEvents
from lamplighter_controller.store.parts.fleet import SqlFleet
from lamplighter_controller.store.parts.history import SqlHistory
from lamplighter_controller.store.parts.observations import SqlObservations
from lamplighter_controller.store.parts.telemetry import SqlTelemetry
from lamplighter_controller.store.parts.workshop import SqlWorkshop
from lamplighter_controller.store.pruning import HistoryKind
from lamplighter_controller.store.records import (
    DeviceRecord,
)
from lamplighter_controller.store.sql import SqlStore
from lamplighter_controller.store.telemetry.stores import (
    EventStore,
    HistoryUpkeep,
    TelemetryStore,
    TelemetryUpkeep,
)
from lamplighter_wire.messages import (
    Telemetry,
)

from tests.simulators.store_records import deployment, plan


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


def test_what_a_transaction_has_written_is_read_in_it(store: Store, device: DeviceRecord) -> None:
    window = Telemetry(device="cam-1", seq=1, start=1.0)
    elsewhere: list[int] = []
    with store.transaction():
        store.add_telemetry([window], 5.0)
        assert store.update_device("cam-1", epoch=3).epoch == 3
        assert store.telemetry("cam-1") == [window]
        other = threading.Thread(target=lambda: elsewhere.append(store.device("cam-1").epoch))
        other.start()
        other.join()
    assert elsewhere == [0], "nobody else sees it before it is kept"
    assert store.device("cam-1").epoch == 3


def test_a_part_of_a_transaction_is_undone_by_itself(store: Store, device: DeviceRecord) -> None:
    with store.transaction():
        store.update_device("cam-1", epoch=3)
        with pytest.raises(RuntimeError), store.transaction():
            store.update_device("cam-1", epoch=4, online=True)
            raise RuntimeError("undone")
        with store.transaction():
            store.update_state("cam-1", retries=2)
    record = store.device("cam-1")
    assert (record.epoch, record.online) == (3, False)
    assert store.device_state("cam-1").retries == 2


def test_what_follows_a_commit_sees_it_on_disk_and_does_not_follow_what_was_undone(
    store: Store, device: DeviceRecord
) -> None:
    followed: list[tuple[str, int]] = []

    def note(name: str) -> None:
        reader = threading.Thread(
            target=lambda: followed.append((name, store.device("cam-1").epoch))
        )
        reader.start()
        reader.join()

    store.after_commit(lambda: note("outside"))
    with store.transaction():
        store.update_device("cam-1", epoch=3)
        store.after_commit(lambda: note("whole"))
        with pytest.raises(RuntimeError), store.transaction():
            store.after_commit(lambda: note("undone"))
            raise RuntimeError("undone")
        assert followed == [("outside", 0)]
    with pytest.raises(RuntimeError), store.transaction():
        store.after_commit(lambda: note("lost"))
        raise RuntimeError("power")
    assert followed == [("outside", 0), ("whole", 3)]


def test_what_fails_after_a_commit_keeps_nothing_else_from_following(
    store: Store, device: DeviceRecord
) -> None:
    followed: list[str] = []
    with store.transaction():
        store.after_commit(lambda: 1 // 0)
        store.after_commit(lambda: followed.append("next"))
    assert followed == ["next"]


def test_each_part_stands_alone(url: str) -> None:
    database = Database(url)
    devices: DeviceStore = SqlDevices(database)
    observations: ObservationStore = SqlObservations(database)
    deployments: DeploymentStore = SqlDeployments(database)
    telemetry: TelemetryStore = SqlTelemetry(database)
    summaries: TelemetryUpkeep = SqlTelemetry(database)
    history: HistoryUpkeep = SqlHistory(database)
    events: EventStore = SqlEvents(database)
    variants: VariantStore = SqlWorkshop(database)
    jobs: JobStore = SqlWorkshop(database)
    adaptations: AdaptationStore = SqlAdaptations(database)
    fleet: FleetStore = SqlFleet(database)
    with devices.transaction():
        devices.add_device(DeviceRecord(id="cam-1"))
        deployments.save_desired(plan(), deployment(1), b"e")
        telemetry.add_telemetry([Telemetry(device="cam-1")], 1.0)
    assert [part.devices for part in fleet.count_devices()] == [1]
    assert summaries.next_series(None) == ("cam-1", "")
    assert history.prune_history(HistoryKind.EVENTS, 1.0, None, 5).rows == 0
    assert events.events() == []
    assert (variants.variants(), jobs.jobs(), adaptations.recompressions()) == ([], [], [])
    assert observations.observations() == []
    database.close()


def test_a_database_that_is_locked_is_away_for_a_while(tmp_path: Path) -> None:
    store = SqlStore(sqlite_url(tmp_path / "controller.db"))
    store.add_device(DeviceRecord(id="cam-1"))
    other = sqlite3.connect(tmp_path / "controller.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        store.add_plan(plan())
    other.close()
    assert store.add_plan(plan()).id
    store.close()
