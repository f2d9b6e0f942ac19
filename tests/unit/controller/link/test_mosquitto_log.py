"""The broker's log: its words reach an operator, and its file has an end."""

import logging
import time
from pathlib import Path

import pytest
from lamplighter_controller.link import mosquitto_log
from lamplighter_controller.link.mosquitto_log import MosquittoLog

PATIENCE_S = 60.0
EOF = "3: OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading"


def test_only_trouble_is_a_warning_and_old_lines_are_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "mosquitto.log"
    path.write_text("Error of yesterday\n")
    log = MosquittoLog(path)
    with path.open("a") as file:
        file.write(f"1: Error: Too many open files\n2: running\n{EOF}\n")
    with caplog.at_level(logging.WARNING):
        assert log.last_lines() == ["1: Error: Too many open files", "2: running", EOF]
    assert [record.getMessage() for record in caplog.records] == [
        "mosquitto: 1: Error: Too many open files"
    ]


def test_a_file_that_has_grown_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mosquitto_log, "LOOK_S", 0.01)
    monkeypatch.setattr(mosquitto_log, "MOST_BYTES", 100)
    path = tmp_path / "mosquitto.log"
    log = MosquittoLog(path)
    with path.open("a") as broker:
        broker.write("old\n" * 30)
        broker.flush()
        log.follow()
        deadline = time.monotonic() + PATIENCE_S
        while path.stat().st_size:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        broker.write("new\n")
    assert log.last_lines()[-1:] == ["new"]
    log.close()
    assert (tmp_path / "mosquitto.log.1").read_text() == "old\n" * 30
    assert path.read_text() == "new\n"
