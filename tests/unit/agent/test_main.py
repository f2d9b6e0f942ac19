"""The agent's command line."""

import json
from pathlib import Path

import pytest
from lamplighter_agent.__main__ import NOT_ENROLLED, NOTHING_SERVED, OK, WRONG_USE, main
from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.state_machine import Machine, Phase
from lamplighter_wire.messages import OperatingPoint, Rung


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
    served = Record(
        machine=Machine(phase=Phase.COMMITTED), known_good=Rung(point=OperatingPoint(variant="v"))
    )
    Journal(tmp_path / "journal.json").save(served)
    assert main([*home, "status"]) == OK
    assert "v at 384x288" in capsys.readouterr().out
