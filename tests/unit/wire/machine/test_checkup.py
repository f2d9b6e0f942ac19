"""Checks of an installation: what they say of clocks, folders, disks and roads."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lamplighter_wire.machine.checkup import (
    Finding,
    Result,
    has_failed,
    lines_of,
    look,
    ok,
    summary,
    warning,
)
from lamplighter_wire.machine.clock_check import clock_findings, is_clock_kept
from lamplighter_wire.machine.place_checks import (
    disk_findings,
    folder_findings,
    secret_findings,
)
from lamplighter_wire.machine.road_checks import road_findings, road_trouble

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC).timestamp()
AS_ROOT = os.geteuid() == 0


def results(findings: object) -> list[Result]:
    return [finding.result for finding in findings]  # type: ignore[attr-defined]


def test_a_check_that_breaks_is_a_finding_and_keeps_no_other_away() -> None:
    def broken() -> Iterator[Finding]:
        yield ok("camera", "north", "640x480")
        raise RuntimeError("of rtsp://user:secret@cam/1")

    heard: list[Finding] = []
    findings = look({"camera": broken, "disk": lambda: [ok("disk", "/", "room")]}, heard.append)
    assert findings == heard
    assert results(findings) == [Result.OK, Result.FAILED, Result.OK]
    assert "secret" not in findings[1].found
    assert has_failed(findings)
    assert summary(findings) == "2 ok, 1 failed"


def test_a_warning_is_no_failure_and_says_what_to_mend() -> None:
    finding = warning("clock", "this machine's", "nothing keeps it", "set-ntp true")
    assert not has_failed([finding])
    assert lines_of(finding)[1].strip() == "mend: set-ntp true"
    assert len(lines_of(ok("clock", "", "right"))) == 1


@pytest.mark.parametrize(
    ("now", "is_kept", "result"),
    [
        (NOW, True, Result.OK),
        (NOW, None, Result.OK),
        (NOW, False, Result.WARNING),
        (86_400.0, True, Result.FAILED),  # 1970
        (-5.0, None, Result.FAILED),
        (NOW + 50 * 365 * 86_400, True, Result.FAILED),
        (1e300, None, Result.FAILED),
    ],
)
def test_a_clock_that_cannot_be_right(now: float, is_kept: bool | None, result: Result) -> None:
    assert results(clock_findings(now, is_kept)) == [result]


def test_the_kernel_says_whether_its_clock_is_kept() -> None:
    assert is_clock_kept() in (True, False, None)


def test_folders(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert results(folder_findings(tmp_path, "--data")) == [Result.OK]
    tmp_path.chmod(0o755)
    (seen,) = folder_findings(tmp_path, "--data")
    assert (seen.result, seen.mend) == (Result.WARNING, f"chmod 700 {tmp_path}")
    assert results(folder_findings(tmp_path / "a/b", "--data")) == [Result.OK]
    (tmp_path / "file").write_text("")
    (seen,) = folder_findings(tmp_path / "file", "--data")
    assert (seen.result, seen.mend) == (Result.FAILED, "name another with --data")
    assert results(folder_findings(tmp_path / "file" / "below", "--data")) == [Result.FAILED]


@pytest.mark.skipif(not AS_ROOT, reason="only root gives files away")
def test_a_folder_of_somebody_else(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    (seen,) = folder_findings(tmp_path, "--data")
    assert seen.result is Result.WARNING
    assert "sudo -u" in seen.mend


def test_disks(tmp_path: Path) -> None:
    assert results(disk_findings(tmp_path / "not/there", 0, 0)) == [Result.OK]
    assert results(disk_findings(tmp_path, 0, 10**9)) == [Result.WARNING]
    (full,) = disk_findings(tmp_path, 10**9, 10**9)
    assert (full.result, full.mend) == (Result.FAILED, "free at least 1000000000 MB")


def test_keys_that_others_can_read(tmp_path: Path) -> None:
    assert list(secret_findings([tmp_path / "none"])) == []
    key = tmp_path / "a.key"
    key.write_text("")
    key.chmod(0o600)
    assert results(secret_findings([key])) == [Result.OK]
    key.chmod(0o640)
    (seen,) = secret_findings([key])
    assert (seen.result, seen.mend) == (Result.FAILED, f"chmod 600 {key}")


def test_roads() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        host, port = there.getsockname()
        assert results(road_findings("broker", host, port)) == [Result.OK]
    (gone,) = road_findings("broker", host, port)
    assert gone.result is Result.FAILED
    assert "nothing listens" in gone.found


@pytest.mark.parametrize(
    ("error", "found", "mend"),
    [
        (socket.gaierror(-2, "unknown"), "not known here", "/etc/hosts"),
        (ConnectionRefusedError(), "nothing listens", "not on 127.0.0.1 only"),
        (TimeoutError(), "no answer", "sudo ufw allow 8883/tcp"),
        (OSError(113, "No route to host"), "no answer", "firewall"),
        (OSError(99, "Cannot assign"), "cannot assign", "network"),
    ],
)
def test_what_is_wrong_with_a_road(error: OSError, found: str, mend: str) -> None:
    what, remedy = road_trouble("controller.example", 8883, error)
    assert found in what
    assert mend in remedy
