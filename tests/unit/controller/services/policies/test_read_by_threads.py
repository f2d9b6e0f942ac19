"""What a policy says counts for all threads once it is on disk, whoever reads it meanwhile."""

import threading
from pathlib import Path

from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.records import DeviceRecord, PolicyRecord
from lamplighter_controller.store.sql import SqlStore


def test_who_reads_before_the_commit_keeps_nothing_old(tmp_path: Path) -> None:
    store = SqlStore(sqlite_url(tmp_path / "controller.db"))
    policies = Policies(store, DEFAULTS, lambda _record, _names: [])
    device = DeviceRecord(id="cam-1")
    changed = PolicyRecord(scope="device:cam-1", version=1, values={"min_fps": 2.0})
    try:
        with store.transaction():
            policies.keep(changed)
            reader = threading.Thread(target=policies.by_scope)
            reader.start()
            reader.join()
        assert policies.of(device).min_fps == 2.0
    finally:
        store.close()
