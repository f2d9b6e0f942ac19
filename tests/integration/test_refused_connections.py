"""Whoever is refused before asking anything is told with address and reason, once it is known."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from lamplighter_controller.api.serving.certificate import ApiCertificate
from lamplighter_controller.api.serving.server import HttpServer, open_door
from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.mosquitto import Mosquitto
from lamplighter_controller.pki.authority import Authority

from tests.simulators.running_controller import eventually

Told = list[tuple[str, str]]


@pytest.fixture
def told() -> Told:
    return []


@pytest.fixture
def serve(tmp_path: Path, told: Told) -> Iterator[Callable[..., int]]:
    ended = []

    def start(*, tls: bool) -> int:
        authority, door = Authority(tmp_path / "pki"), open_door("127.0.0.1", 0)
        certificate = ApiCertificate(
            lambda: authority.server_files(["127.0.0.1"]), lambda: authority.ca_path
        )

        def refused(address: str, reason: str) -> None:
            told.append((address, reason))

        server = HttpServer(FastAPI(), door, certificate if tls else None, refused=refused)
        thread = threading.Thread(target=server.serve_until_stopped, daemon=True)
        thread.start()

        def end() -> None:
            server.should_exit = True
            thread.join(10.0)
            door.close()

        ended.append(end)
        return int(door.getsockname()[1])

    yield start
    for end in ended:
        end()


def test_who_does_not_believe_us_or_speaks_no_tls_is_told(
    serve: Callable[..., int], told: Told
) -> None:
    port = serve(tls=True)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://127.0.0.1:{port}/")
    eventually(lambda: ("127.0.0.1", "TLS: tlsv1 alert unknown ca") in told, "the alert")
    with socket.create_connection(("127.0.0.1", port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        eventually(lambda: ("127.0.0.1", "TLS: http request") in told, "plain HTTP")


def test_who_only_looks_whether_the_port_is_open_is_not(
    serve: Callable[..., int], told: Told
) -> None:
    port = serve(tls=True)
    socket.create_connection(("127.0.0.1", port)).close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://127.0.0.1:{port}/")
    eventually(lambda: told, "who came later")
    assert len(told) == 1


def test_who_speaks_no_http_is_told(serve: Callable[..., int], told: Told) -> None:
    port = serve(tls=False)
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert b"400" in stranger.recv(100)
    assert told == [("127.0.0.1", "no HTTP request that can be read")]


@pytest.mark.broker
def test_the_broker_tells_why_somebody_does_not_get_in(tmp_path: Path) -> None:
    authority, reasons = Authority(tmp_path / "pki"), list[str]()
    broker = Mosquitto(
        tmp_path / "broker",
        authority.server_files(["127.0.0.1"]),
        AccessRules(revoked=authority.revocation_list([])),
        refused=reasons.append,
    ).start()
    other = Authority(tmp_path / "other").passing_files("cam-1", tmp_path / "other")
    context = ssl.create_default_context(cafile=str(authority.ca_path))
    context.load_cert_chain(other.cert, other.key)

    def told_of_a_stranger() -> bool:
        """Knocks each time: a broker that just starts may not be there yet."""
        with suppress(OSError):
            raw = socket.create_connection(("127.0.0.1", broker.port))
            with raw, context.wrap_socket(raw, server_hostname="127.0.0.1") as stranger:
                stranger.recv(1)
        return "certificate verify failed" in reasons

    try:
        eventually(told_of_a_stranger, "the reason")
    finally:
        broker.stop()
