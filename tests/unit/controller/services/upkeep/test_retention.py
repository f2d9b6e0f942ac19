"""What power cuts, full days and failures of upkeep leave behind."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from lamplighter_controller.pki.authority import Authority, csr_key_hash
from lamplighter_controller.services.upkeep.retention import HOUSEKEEPING_S, SLICE
from lamplighter_controller.store.records import EventRecord
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_demo.benchmarks.measured_windows import measured_window
from lamplighter_wire.enrolment import build_request

from tests.simulators.certificates import key_and_request
from tests.simulators.controller_rig import Rig


def _power_cut(_handle: int) -> None:
    raise OSError("power is cut")


def test_a_key_that_is_not_on_disk_yet_has_no_name_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(os, "fsync", _power_cut)
        with pytest.raises(OSError, match="power"):
            Authority(tmp_path)
    assert not (tmp_path / "ca.key").exists()
    first = Authority(tmp_path)
    with monkeypatch.context() as cut:
        cut.setattr(os, "fsync", _power_cut)
        with pytest.raises(OSError, match="power"):
            first.controller_files()
    assert not (tmp_path / "controller.key").exists()
    assert Authority(tmp_path).ca_key_hash == first.ca_key_hash


def test_a_chunk_that_is_not_on_disk_yet_cannot_be_ordered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ArtifactStore(tmp_path)
    with monkeypatch.context() as cut:
        cut.setattr(os, "fsync", _power_cut)
        with pytest.raises(OSError, match="power"):
            store.put_chunk(b"weights")
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    assert store.read_chunk(store.put_chunk(b"weights")) == b"weights"


def test_an_enrolment_cut_before_the_admission_is_repeated(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    token, record = rig.services.enrolment.create_token("cam-1")
    _, csr = key_and_request("cam-1")
    request = build_request(token, "cam-1", csr)
    key = csr_key_hash(csr)
    assert rig.store.use_token(record.id, key, rig.clock.time()), "and the power fails here"
    rig.services.enrolment.enrol(request)
    assert rig.store.device("cam-1").enrolled_at == rig.clock.time()
    rig.store.update_device("cam-1", epoch=4)
    for _ in range(2):
        rig.clock.advance(1.0)
        rig.services.enrolment.enrol(request)
    assert rig.store.device("cam-1").epoch == 4, "a lost answer is no new set-up"
    rig.close()


def _rename_table(rig: Rig, old: str, new: str) -> None:
    engine = sa.create_engine(rig.settings.database)
    with engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {old} RENAME TO {new}"))
    engine.dispose()


def test_housekeeping_comes_again_after_a_failure(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    rig.store.add_event(EventRecord(received_at=rig.clock.time(), kind="old"))
    rig.clock.advance((rig.settings.history_days + 1) * 86_400.0)
    _rename_table(rig, "telemetry", "away")
    rig.queue.submit(rig.services.retention.keep_house)
    rig.settle()
    assert len(rig.store.events()) == 1, "it failed"
    _rename_table(rig, "away", "telemetry")
    rig.wait(HOUSEKEEPING_S)
    assert rig.store.events() == []
    rig.close()


def keep_house(rig: Rig, hours: float) -> None:
    """Let hours pass, and housekeeping do what is due."""
    rig.clock.advance(hours * 3600.0)
    rig.queue.submit(rig.services.retention.keep_house)
    rig.settle()


def test_windows_become_summaries_and_summaries_go(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    rig.device("cam-1")
    rig.device("cam-2")
    begin = rig.clock.time()
    for name in ("cam-1", "cam-2"):
        rig.store.add_telemetry([measured_window(n, name, begin) for n in range(400)], begin)
    keep_house(rig, 23.0)
    assert len(rig.store.telemetry("cam-1")) == 400
    keep_house(rig, 4.0)
    assert rig.store.telemetry("cam-1") == rig.store.telemetry("cam-2") == []
    entries = rig.services.telemetry.entries("cam-2")
    assert sum(entry.windows for entry in entries) == 400
    assert {entry.resolution_s for entry in entries} == {300}
    keep_house(rig, 14 * 24.0)
    assert {entry.resolution_s for entry in rig.services.telemetry.entries("cam-2")} == {3600}
    keep_house(rig, 80 * 24.0)
    assert rig.services.telemetry.entries("cam-2") == []
    rig.close()


def test_what_waits_comes_between_two_slices(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    rig.device("cam-1")
    begin = rig.clock.time()
    rig.store.add_telemetry([measured_window(n, "cam-1", begin) for n in range(3 * SLICE)], begin)
    rig.clock.advance(30 * 3600.0)
    left: list[int] = []
    rig.queue.submit(rig.services.retention.keep_house)
    rig.queue.submit(lambda: left.append(len(rig.store.telemetry("cam-1", limit=None))))
    rig.settle()
    assert left == [2 * SLICE]
    assert rig.store.telemetry("cam-1") == []
    rig.close()
