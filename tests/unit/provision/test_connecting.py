"""An engine behind ssh has one road for as long as it is asked, which ends with the asking."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from lamplighter_provision.engine.connecting import Connections, connected
from lamplighter_provision.gateway.desired import Agent, Gateway

from tests.simulators import ssh_program

GATEWAY = Gateway(url="http://c", image="a:1", engine="ssh://gate-7", agents={"cam-1": Agent()})


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where `ssh` and the bridge leave what they make; the path of a socket is short."""
    with tempfile.TemporaryDirectory(prefix="ssh-", dir="/tmp") as made:
        _put_ssh(Path(made), monkeypatch)
        yield Path(made)


def _put_ssh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "ssh"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {ssh_program.__file__} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("LAMPLIGHTER_SSH_RUNS", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


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
