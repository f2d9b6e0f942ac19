"""An engine behind ssh has one road for as long as it is asked, which ends with the asking."""

import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from lamplighter_provision.engine.connecting import Connections, connected
from lamplighter_provision.gateway.desired import Agent, Gateway

from tests.simulators import ssh_program

GATEWAY = Gateway(url="http://c", image="a:1", engine="ssh://gate-7", agents={"cam-1": Agent()})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `ssh` and the bridge leave what they make."""
    program = tmp_path / "ssh"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {ssh_program.__file__} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("LAMPLIGHTER_SSH_RUNS", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def begun(folder: Path) -> list[str]:
    return (folder / "log").read_text().splitlines()


def left(folder: Path) -> list[Path]:
    """Runs that go on, and sockets that still lie there."""
    return [*folder.glob("*.run"), *folder.glob("lamplighter-ssh-*")]


def test_many_looks_go_by_one_road(folder: Path) -> None:
    with closing(Connections()) as connections:
        first = connections.engine(GATEWAY)
        before = begun(folder)
        assert before.count("docker version") == 1
        for _ in range(3):
            assert connections.engine(GATEWAY) is first
        assert len(begun(folder)) <= len(before) + 1
        assert len(list(folder.glob("lamplighter-ssh-*"))) == 1
    assert left(folder) == []


def test_a_road_that_has_broken_is_made_anew(folder: Path) -> None:
    with closing(Connections()) as connections:
        first = connections.engine(GATEWAY)
        (socket,) = folder.glob("lamplighter-ssh-*/engine.sock")
        first.close()
        socket.unlink()
        assert connections.engine(GATEWAY) is not first
        assert begun(folder).count("docker version") == 2
    assert left(folder) == []


def test_a_road_ends_where_an_error_ends_the_command(folder: Path) -> None:
    with pytest.raises(RuntimeError), connected(GATEWAY) as engine:
        assert engine.answers()
        raise RuntimeError
    assert left(folder) == []
