"""What a service says to systemd, over a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_wire.machine.service_manager import (
    ServiceManager,
    forget_service_manager,
    service_manager,
)

from tests.simulators.service_manager import ListeningManager


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[ListeningManager]:
    manager = ListeningManager(tmp_path, watchdog_s=20.0)
    yield manager
    manager.close()


def test_each_word_is_a_datagram(listening: ListeningManager) -> None:
    manager = service_manager(listening.environ)
    assert manager.watchdog_s == 20.0
    manager.ready("serves\nSTOPPING=1")
    manager.alive()
    manager.tell("well")
    manager.stopping()
    said = [listening.next(5.0) for _ in range(4)]
    assert said == [
        ["READY=1", "STATUS=serves STOPPING=1"],
        ["WATCHDOG=1"],
        ["STATUS=well"],
        ["STOPPING=1"],
    ]


def test_without_a_watchdog_nobody_waits_for_signs_of_life(tmp_path: Path) -> None:
    listening = ListeningManager(tmp_path)
    service_manager(listening.environ).alive()
    assert listening.next(0.1) == []
    listening.close()


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"NOTIFY_SOCKET": ""},
        {"NOTIFY_SOCKET": "relative/path"},
        {"NOTIFY_SOCKET": "vsock:2:1234"},
        {"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "many"},
        {"NOTIFY_SOCKET": "/nowhere/" + "x" * 200},
    ],
)
def test_where_nobody_listens_nothing_fails(environ: dict[str, str]) -> None:
    manager = service_manager(environ)
    manager.ready("up")
    manager.stopping()
    assert manager.watchdog_s == 0.0


def test_a_watchdog_of_another_process_is_not_ours() -> None:
    theirs = {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    assert service_manager(theirs).watchdog_s == 0.0
    ours = theirs | {"WATCHDOG_PID": str(os.getpid())}
    assert service_manager(ours).watchdog_s == 1.0


def test_a_socket_may_be_abstract() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = f"lamplighter-test-{os.getpid()}"
        listening.bind(f"\0{name}")
        ServiceManager(f"@{name}").stopping()
        assert listening.recv(100) == b"STOPPING=1"


def test_a_manager_that_does_not_read_keeps_nobody_waiting(listening: ListeningManager) -> None:
    manager = service_manager(listening.environ)
    for _ in range(2000):  # more than a socket holds
        manager.alive()
    assert listening.next(5.0) == ["WATCHDOG=1"]


def test_programs_that_are_started_do_not_speak_for_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    monkeypatch.setenv("WATCHDOG_USEC", "1")
    forget_service_manager(os.environ)
    assert {"NOTIFY_SOCKET", "WATCHDOG_USEC"}.isdisjoint(os.environ)
