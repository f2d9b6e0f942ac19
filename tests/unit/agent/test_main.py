"""The agent's command line."""

import json
from pathlib import Path

import pytest
from lamplighter_agent.__main__ import NOT_ENROLLED, NOTHING_SERVED, OK, WRONG_USE, main
from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.state_machine import Machine, Phase
from lamplighter_agent.device.kept_files import KeptFiles
from lamplighter_wire.messages import CameraFacts, OperatingPoint, Rung


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
    status = json.loads(capsys.readouterr().out)
    assert (status["phase"], status["cameras"]) == ("IDLE", [])
    KeptFiles(tmp_path).keep_cameras({"": CameraFacts(fps=5, width=64, height=48)})
    KeptFiles(tmp_path).keep_camera_troubles({"": "", "north": "lost: it refuses name or password"})
    served = Record(
        machine=Machine(phase=Phase.COMMITTED), known_good=Rung(point=OperatingPoint(variant="v"))
    )
    Journal(tmp_path / "journal.json").save(served)
    assert main([*home, "status"]) == OK
    shown = capsys.readouterr().out
    assert "v at 384x288" in shown
    assert "64x48, 5 frames/s, north: lost: it refuses name or password" in shown
