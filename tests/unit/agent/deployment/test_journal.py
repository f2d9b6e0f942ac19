"""Small parts of the agent's deployment: slots, journal, reasons, camera, CLI."""

import json
from pathlib import Path

import pytest
from lamplighter_agent.__main__ import NOT_ENROLLED, NOTHING_SERVED, OK, WRONG_USE, main
from lamplighter_agent.camera.opening import LateSource
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.deployment.failure_reasons import reason_of
from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.state_machine import Machine, Phase
from lamplighter_agent.errors import DiskFullError, EngineError, FetchError, SourceError
from lamplighter_wire.blobs import Tensor, artifact_sha256, pack, sha256_hex
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.errors import BlobError, SignatureError
from lamplighter_wire.messages import Manifest, OperatingPoint, Rung


def rung(name: str, *regimes: str) -> Rung:
    return Rung(point=OperatingPoint(variant=name), regimes=list(regimes))


def packed_variant() -> tuple[bytes, dict[str, bytes]]:
    tensors = [Tensor("w", "float32", (2048,), bytes(range(256)) * 32)]
    parts = pack(b"graph", tensors)
    manifest = Manifest(
        variant="v", parts=parts.parts, artifact_sha256=artifact_sha256(b"graph", tensors)
    )
    return encode(manifest), parts.chunks


def test_slots_hold_only_what_was_verified(tmp_path: Path) -> None:
    envelope, chunks = packed_variant()
    sha = sha256_hex(envelope)
    slots = Slots(tmp_path / "slots", lambda data: decode(data, Manifest))
    damaged = {name: b"x" + raw[1:] for name, raw in chunks.items()}
    with pytest.raises(BlobError):
        slots.assemble(sha, envelope, damaged.__getitem__)
    assert not slots.has(sha)
    assert slots.assemble(sha, envelope, chunks.__getitem__).variant == "v"
    assert slots.model(sha).read_bytes() == b"graph"
    assert slots.held() == {sha}
    slots.keep([])
    with pytest.raises(EngineError, match="no variant"):
        slots.manifest(sha)


def test_a_damaged_journal_is_set_aside(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    record = Record(machine=Machine(phase=Phase.COMMITTED, revision=4, highest=4))
    journal.save(record)
    assert journal.load() == record
    (tmp_path / "journal.json").write_text("{")
    assert journal.load() == Record()
    assert (tmp_path / "journal.damaged").exists()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FetchError("TIMEOUT", ""), ReasonCode.TIMEOUT),
        (MemoryError(), ReasonCode.OOM),
        (EngineError("cannot load m: std::bad_alloc"), ReasonCode.OOM),
        (EngineError("unknown operator"), ReasonCode.INCOMPATIBLE),
        (DiskFullError("no room"), ReasonCode.DISK_FULL),
        (SignatureError("unknown key"), ReasonCode.SIGNATURE),
        (BlobError("damaged"), ReasonCode.HASH),
        (SourceError("not a picture"), ReasonCode.INCOMPATIBLE),
    ],
)
def test_every_error_has_a_stable_reason(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason


def test_a_camera_that_is_not_there_is_a_state(tmp_path: Path) -> None:
    camera = LateSource(str(tmp_path / "none.mp4"), ManualClock())
    assert camera.read() is None
    assert camera.state == "lost"
    camera.close()


def test_exit_codes_of_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--state-dir", str(tmp_path)]
    assert main([*home, "run"]) == NOT_ENROLLED
    assert "enrol" in capsys.readouterr().err
    bad = tmp_path / "bad.toml"
    bad.write_text("colour = 1\n")
    assert main(["--config", str(bad), "status"]) == WRONG_USE
    identity = tmp_path / "identity"
    identity.mkdir()
    broker = {"host": "h", "port": 1}
    (identity / "identity.json").write_text(
        json.dumps({"device": "cam-1", "broker": broker, "keys": {}})
    )
    assert main([*home, "status", "--json"]) == NOTHING_SERVED
    assert json.loads(capsys.readouterr().out)["phase"] == "IDLE"
    served = Record(machine=Machine(phase=Phase.COMMITTED), known_good=rung("v"))
    Journal(tmp_path / "journal.json").save(served)
    assert main([*home, "status"]) == OK
    assert "v at 384x288" in capsys.readouterr().out
