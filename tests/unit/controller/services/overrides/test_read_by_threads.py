"""What is set by hand counts for all threads once it is on disk, whoever reads it meanwhile."""

import threading
from pathlib import Path

from lamplighter_controller.services.overrides.overrides import Overrides
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.groups.records import OverrideRecord
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_wire.clock import ManualClock


def test_who_reads_before_the_commit_keeps_nothing_old(tmp_path: Path) -> None:
    store = SqlStore(sqlite_url(tmp_path / "controller.db"))
    overrides = Overrides(store, ManualClock(), lambda _record, _names: [])
    device = DeviceRecord(id="cam-1")
    store.add_device(device)
    hold = OverrideRecord(kind="hold", scope="device:cam-1", reason="r", until=1e12)
    try:
        with store.transaction():
            kept = overrides.keep(hold)
            reader = threading.Thread(target=overrides.open)
            reader.start()
            reader.join()
        assert [one.id for one in overrides.of(device).all] == [kept.id]
        with store.transaction():
            overrides.end(kept, "test")
            reader = threading.Thread(target=overrides.open)
            reader.start()
            reader.join()
        assert overrides.of(device).all == []
    finally:
        store.close()
