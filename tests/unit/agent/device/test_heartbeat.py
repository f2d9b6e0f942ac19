"""Signs of life, as another process judges them."""

import time
from pathlib import Path

import pytest
from lamplighter_agent.__main__ import FAILED, OK, WRONG_USE, main
from lamplighter_agent.device.heartbeat import SILENT_S, beat, read_heartbeat
from lamplighter_agent.errors import AgentError


def test_a_fresh_sign_is_health(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAMPLIGHTER_AGENT_HEARTBEAT_FILE", str(tmp_path / "beat"))
    assert main(["health"]) == FAILED
    beat(tmp_path / "beat", "connecting")
    beat(tmp_path / "beat", "online")
    assert main(["health"]) == OK
    assert capsys.readouterr().out == "online\n"
    assert [path.name for path in tmp_path.iterdir()] == ["beat"]


def test_an_old_sign_is_none(tmp_path: Path) -> None:
    long_ago_s = time.monotonic() - SILENT_S - 1.0
    (tmp_path / "beat").write_text(f"{long_ago_s} online")
    with pytest.raises(AgentError, match="for 31 s"):
        read_heartbeat(tmp_path / "beat")


def test_a_half_written_sign_is_none(tmp_path: Path) -> None:
    (tmp_path / "beat").write_text("")
    with pytest.raises(AgentError, match="no sign of life"):
        read_heartbeat(tmp_path / "beat")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="check heartbeat_file"):
        beat(tmp_path / "none" / "beat", "online")


def test_who_leaves_no_signs_has_no_health() -> None:
    assert main(["health"]) == WRONG_USE


def test_a_token_is_read_from_a_file_or_its_absence_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol = ["--state-dir", str(tmp_path), "enrol", "--url", "http://127.0.0.1:9"]
    (tmp_path / "token").write_text("not-a-token\n")
    main([*enrol, "--device", "cam-1", "--token-file", str(tmp_path / "token")])
    assert "not a token" in capsys.readouterr().err
    main([*enrol, "--device", "cam-1", "--token-file", str(tmp_path / "none")])
    assert "--token-file" in capsys.readouterr().err
