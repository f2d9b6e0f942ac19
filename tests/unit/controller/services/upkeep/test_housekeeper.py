"""The database stays small, whatever fails, and nobody waits for it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from lamplighter_controller.services.event_log import EventLog
from lamplighter_controller.services.upkeep.housekeeper import Housekeeper
from lamplighter_controller.services.upkeep.retention import SLICE, Retention
from lamplighter_controller.services.upkeep.retention_policy import RetentionPolicy
from lamplighter_controller.store.engines import DiskRoom
from lamplighter_controller.store.records import EventRecord
from lamplighter_demo.benchmarks.measured_windows import measured_window
from lamplighter_wire.clock import SystemClock

from tests.simulators.controller_rig import Rig

HOUR_S, DAY_S = 3600.0, 86_400.0


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    made.device("cam-1")
    made.device("cam-2")
    yield made
    made.close()


def keep(rig: Rig, name: str, count: int) -> None:
    begin = rig.clock.time()
    windows = [measured_window(number, name, begin) for number in range(count)]
    rig.store.add_telemetry(windows, begin)


def keep_house(rig: Rig, hours: float) -> None:
    """Let hours pass, and do what is due."""
    rig.clock.advance(hours * HOUR_S)
    rig.services.housekeeper.keep_house()


def change(rig: Rig, statement: str, **values: object) -> None:
    engine = sa.create_engine(rig.settings.database)
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)
    engine.dispose()


def kinds(rig: Rig) -> list[str]:
    return [event.kind for event in rig.store.events()]


def test_windows_become_summaries_and_summaries_go(rig: Rig) -> None:
    for name in ("cam-1", "cam-2"):
        keep(rig, name, 400)
    keep_house(rig, 23.0)
    assert len(rig.store.telemetry("cam-1")) == 400
    keep_house(rig, 4.0)
    assert rig.store.telemetry("cam-1") == rig.store.telemetry("cam-2") == []
    entries = rig.services.telemetry.entries("cam-2")
    assert sum(entry.windows for entry in entries) == 400
    assert {entry.resolution_s for entry in entries} == {300}
    assert rig.services.housekeeper.counts()["windows"] == 800
    keep_house(rig, 14 * 24.0)
    assert {entry.resolution_s for entry in rig.services.telemetry.entries("cam-2")} == {3600}
    keep_house(rig, 80 * 24.0)
    assert rig.services.telemetry.entries("cam-2") == []


def test_a_failure_is_an_event_once_and_everything_is_made_up_for(rig: Rig) -> None:
    rig.store.add_event(EventRecord(received_at=rig.clock.time(), kind="old"))
    keep(rig, "cam-1", 30)
    change(rig, "ALTER TABLE telemetry RENAME TO away")
    keep_house(rig, (rig.settings.history_days + 1) * 24)
    keep_house(rig, 0.2)
    assert kinds(rig) == ["old", "upkeep_failed"]
    change(rig, "ALTER TABLE away RENAME TO telemetry")
    keep_house(rig, 0.2)
    assert kinds(rig) == ["upkeep_failed"]
    assert rig.store.telemetry("cam-1") == []
    change(rig, "ALTER TABLE telemetry RENAME TO away")
    keep_house(rig, 0.2)
    assert kinds(rig) == ["upkeep_failed"] * 2, "a new one"


def test_a_device_that_cannot_be_put_together_holds_up_no_other(rig: Rig) -> None:
    for name in ("cam-1", "cam-2"):
        keep(rig, name, 30)
    stays = "WHEN old.device = 'cam-1' BEGIN SELECT RAISE(ABORT, 'it stays'); END"
    change(rig, f"CREATE TRIGGER stays BEFORE DELETE ON telemetry {stays}")
    rig.store.add_event(EventRecord(received_at=rig.clock.time(), kind="old"))
    keep_house(rig, (rig.settings.history_days + 1) * 24)
    assert kinds(rig) == ["upkeep_failed"]
    assert len(rig.store.telemetry("cam-1")) == 30
    assert rig.store.telemetry("cam-2") == []


def test_a_damaged_window_is_left_out_of_its_summary(rig: Rig) -> None:
    keep(rig, "cam-1", 30)
    broken = "UPDATE telemetry SET packed = :packed WHERE device = 'cam-1' AND seq = 3"
    change(rig, broken, packed=b"no telemetry")
    keep_house(rig, 27.0)
    assert kinds(rig) == []
    assert rig.store.telemetry("cam-1") == []
    assert sum(entry.windows for entry in rig.services.telemetry.entries("cam-1")) == 29


def test_detail_goes_first_where_the_disk_is_nearly_full(rig: Rig) -> None:
    disk = [DiskRoom(total=10**12, free=10**9, reusable=0)]
    policy = RetentionPolicy(24 * HOUR_S, 14 * DAY_S, 90 * DAY_S, 90 * DAY_S)
    events = EventLog(rig.store, rig.clock)
    housekeeper = Housekeeper(Retention(rig.store), lambda: disk[-1], events, rig.clock, policy)
    keep(rig, "cam-1", 100)
    rig.clock.advance(4 * HOUR_S)
    left = []
    for _ in range(5):
        housekeeper.keep_house()
        left.append(len(rig.store.telemetry("cam-1")))
    assert left == [100, 100, 0, 0, 0], "twelve hours, six, three"
    assert sum(entry.windows for entry in rig.services.telemetry.entries("cam-1")) == 100
    assert kinds(rig) == ["disk_short"]
    disk.append(DiskRoom(total=10**12, free=10**9, reusable=10**11))
    for _ in range(6):
        housekeeper.keep_house()
    assert kinds(rig) == ["disk_short", "disk_enough"]


def test_no_slice_holds_the_database_longer_than_a_batch_of_windows(rig: Rig) -> None:
    keep(rig, "cam-1", 5 * SLICE)
    rig.clock.advance(30 * HOUR_S)
    policy = RetentionPolicy(HOUR_S, 14 * DAY_S, 90 * DAY_S, 90 * DAY_S)
    cpu_s, rows = [], []
    began = time.thread_time()
    for done in Retention(rig.store).slices(rig.clock.time(), policy):
        cpu_s.append(time.thread_time() - began)
        rows.append(done.rows)
        began = time.thread_time()
    assert max(rows) == SLICE
    assert max(cpu_s) < 0.1


def test_windows_are_taken_while_old_ones_are_put_together(rig: Rig) -> None:
    for name in ("cam-1", "cam-2"):
        keep(rig, name, 2000)
    rig.clock.advance(30 * HOUR_S)
    working = threading.Thread(target=rig.services.housekeeper.keep_house)
    working.start()
    taken = 0
    while working.is_alive():
        window = measured_window(taken, "cam-1", rig.clock.time())
        assert rig.store.add_telemetry([window], rig.clock.time()) == [window]
        taken += 1
    assert taken > 5
    assert len(rig.store.telemetry("cam-1", limit=None)) == taken
    hours = rig.store.summaries("cam-2", 3600, limit=None)
    assert sum(hour.windows for hour in hours) == 2000


def test_a_thread_that_waits_for_its_time_ends_at_once(rig: Rig) -> None:
    clock = SystemClock()
    policy = RetentionPolicy(HOUR_S, DAY_S, DAY_S, DAY_S)
    events = EventLog(rig.store, clock)
    housekeeper = Housekeeper(Retention(rig.store), rig.store.disk_room, events, clock, policy)
    housekeeper.start()
    housekeeper.close()
    assert "upkeep" not in {thread.name for thread in threading.enumerate()}
