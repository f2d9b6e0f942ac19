"""What power cuts leave behind."""

import os
from pathlib import Path

import pytest
from lamplighter_controller.pki.authority import Authority, csr_key_hash
from lamplighter_controller.workshop.artifacts import ArtifactStore
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
    token, record = rig.services.joining.tokens.create("cam-1")
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
