"""Under which name devices reach the controller's machine, and whether that can work."""

import socket
import threading
from pathlib import Path

import pytest
from lamplighter_controller.checkup.port_checks import firewall_findings, port_findings
from lamplighter_controller.checkup.reachability import (
    outward_address,
    own_addresses,
    reach_findings,
    resolved,
)
from lamplighter_wire.machine.checkup import Result

OWN = {"127.0.0.1", "::1", "192.0.2.7", "198.51.100.7"}
NAMES = {
    "controller.example": ["192.0.2.7"],
    "here.example": ["127.0.1.1"],  # as Debian writes it into /etc/hosts
    "router.example": ["203.0.113.9"],
}
ALL = "0.0.0.0"  # noqa: S104 - compared with, never bound


@pytest.mark.parametrize(
    ("host", "told", "result", "word"),
    [
        ("127.0.0.1", "127.0.0.1", Result.OK, "on this machine"),
        ("127.0.0.1", "controller.example", Result.WARNING, "no other machine"),
        (ALL, "127.0.0.1", Result.FAILED, "to each of them this name means itself"),
        ("192.0.2.7", "localhost", Result.FAILED, "to each of them this name means itself"),
        (ALL, "192.0.2.7", Result.OK, "address of this machine"),
        ("192.0.2.7", "192.0.2.7", Result.OK, "address of this machine"),
        ("192.0.2.7", "198.51.100.7", Result.FAILED, "where it does not listen"),
        (ALL, "203.0.113.9", Result.WARNING, "no address of this machine"),
        ("::", "controller.example", Result.OK, "means 192.0.2.7"),
        ("", "controller.example", Result.OK, "means 192.0.2.7"),
        ("192.0.2.7", "controller.example", Result.OK, "means 192.0.2.7"),
        (ALL, "here.example", Result.OK, "devices must know it as well"),
        (ALL, "router.example", Result.WARNING, "does not listen"),
        (ALL, "unknown.example", Result.WARNING, "not known here"),
    ],
)
def test_what_can_work(host: str, told: str, result: Result, word: str) -> None:
    (finding,) = reach_findings(host, told, OWN, lambda name: NAMES.get(name, []))
    assert finding.result is result
    assert word in finding.found
    assert bool(finding.mend) == (result is not Result.OK)


def test_this_machine_knows_its_own_addresses() -> None:
    assert "127.0.0.1" in own_addresses()
    outward = outward_address()
    assert not outward or outward in own_addresses()
    assert resolved("localhost")


def test_a_server_of_names_that_is_away_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    came = threading.Event()

    def slow(*_arguments: object, **_options: object) -> list[object]:
        came.wait(60.0)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    assert resolved("slow.example", patience_s=0.05) == []
    came.set()


def test_ports_that_are_free_taken_or_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        host, port = there.getsockname()
        (answers,) = port_findings("API", host, port, "--port", is_running=True)
        (taken,) = port_findings("API", host, port, "--port", is_running=False)
    (free,) = port_findings("API", host, port, "--port", is_running=False)
    (any_port,) = port_findings("API", host, 0, "--port", is_running=False)
    assert [f.result for f in (answers, taken, free, any_port)] == [
        Result.OK,
        Result.FAILED,
        Result.OK,
        Result.OK,
    ]
    assert "--port" in taken.mend


def test_a_firewall_is_named_with_its_command(tmp_path: Path) -> None:
    def finding(host: str = ALL) -> tuple[Result, str]:
        (found,) = firewall_findings(host, (8080, 8883), tmp_path)
        return found.result, found.mend

    assert finding("127.0.0.1") == (Result.OK, "")
    assert finding() == (Result.OK, "")
    (tmp_path / "run/firewalld").mkdir(parents=True)
    assert "firewall-cmd --permanent --add-port=8080/tcp --add-port=8883/tcp" in finding()[1]
    ufw = tmp_path / "etc/ufw/ufw.conf"
    ufw.parent.mkdir(parents=True)
    ufw.write_text("# comment\nENABLED=yes\n")
    assert "sudo ufw allow 8883/tcp" in finding()[1]
