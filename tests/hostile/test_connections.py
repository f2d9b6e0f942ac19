"""Whoever connects and says nothing, or says it slowly or without end, keeps nobody else out."""

import contextlib
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from lamplighter_controller.api.serving.door import ASK_S, MOST_CONNECTIONS, Door
from lamplighter_controller.link.mosquitto_process import running_mosquitto
from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.mqtt import MqttTransport

from tests.hostile.conftest import City
from tests.integration.test_controller_serve import Server, eventually

pytestmark = pytest.mark.broker
USUAL_FILES = 1024
MANY = 1100
BODY_BYTES = 400 * 2**20
KEPT_BYTES = 40 * 2**20  # what the process may grow by meanwhile


@contextmanager
def few_files() -> Iterator[None]:
    """Processes that are started meanwhile begin with the usual limit of open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (USUAL_FILES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("crowd")
    server = Server(folder / "data")
    server.data.mkdir()
    with few_files():
        api = server.start()
    yield City(server, api, folder)
    if server.process is not None and server.process.poll() is None:
        server.stop()


def address(city: City) -> tuple[str, int]:
    parts = urlsplit(city.server.facts["url"])
    return str(parts.hostname), int(parts.port or 0)


CROWD = """
import resource, socket, sys
host, port, count, said = sys.argv[1:]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
guests = []
for _ in range(int(count)):
    guest = socket.create_connection((host, int(port)), 10.0)
    guest.setblocking(False)
    try:
        guest.send(bytes.fromhex(said))
    except OSError:
        pass
    guests.append(guest)
print("there", flush=True)
sys.stdin.read()
"""


@contextmanager
def crowd(place: tuple[str, int], said: bytes, count: int = MANY) -> Iterator[None]:
    """Connections of another process that say this much and no more."""
    words = [sys.executable, "-c", CROWD, *map(str, place), str(count), said.hex()]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX: ",
        b"POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{",
    ],
    ids=["silent", "half a header", "half a body"],
)
def test_half_open_connections_lock_no_operator_out(city: City, said: bytes) -> None:
    process = psutil.Process(city.server.facts["pid"])
    assert city.api.get("/devices").is_success
    with crowd(address(city), said):
        began = time.monotonic()
        assert city.api.get("/rollup").is_success
        assert time.monotonic() - began < ASK_S, "before any of them is put out as late"
        assert process.num_fds() < MOST_CONNECTIONS + 200
        assert city.api.get("/devices").is_success


def test_a_broker_that_dies_meanwhile_is_started_again(city: City) -> None:
    broker = running_mosquitto(city.server.data / "broker" / "mosquitto.conf")
    assert broker is not None
    with crowd(address(city), b"GET / HTTP/1.1\r\n"):
        broker.kill()
        device = city.enrol("cam-after")
        eventually(lambda: _connects(device))


def test_silent_connections_at_the_brokers_port_keep_no_device_out(city: City) -> None:
    place = ("127.0.0.1", int(city.server.facts["broker_port"]))
    with crowd(place, b""):
        device = city.enrol("cam-in-a-crowd")
        eventually(lambda: _connects(device))


def _connects(device: MqttTransport) -> bool:
    """Whether this try succeeds; the broker may be about to come back."""
    try:
        device.connect()
    except TransportError:
        return False
    device.close()
    return True


def test_an_anonymous_body_without_end_is_refused_and_not_kept(city: City) -> None:
    process = psutil.Process(city.server.facts["pid"])
    before = process.memory_info().rss
    with socket.create_connection(address(city), 10.0) as guest:
        guest.sendall(b"POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\n")
        guest.sendall(f"Content-Length: {BODY_BYTES}\r\n\r\n".encode())
        answer = b""
        guest.settimeout(5.0)
        with contextlib.suppress(OSError):
            for _ in range(BODY_BYTES // 2**20):
                guest.sendall(b"x" * 2**20)
        with contextlib.suppress(OSError):
            answer = guest.recv(1000)
    assert process.memory_info().rss - before < KEPT_BYTES
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413")
    assert city.api.get("/health").is_success


def test_headers_end_at_64_kib(city: City) -> None:
    with socket.create_connection(address(city), 10.0) as guest:
        guest.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n")
        with contextlib.suppress(OSError):
            for number in range(100):
                guest.sendall(f"X-{number}: {'a' * 1000}\r\n".encode())
        assert guest.recv(100).startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))


def test_strangers_fill_no_log(city: City) -> None:
    before = city.server.log.stat().st_size
    broker = ("127.0.0.1", int(city.server.facts["broker_port"]))
    with (
        crowd(address(city), b"\x16\x03nonsense\r\n\r\n", 300),
        crowd(broker, b"nonsense", 300),
    ):
        pass
    time.sleep(1.5)  # the broker's log is read once a second
    assert city.server.log.stat().st_size - before < 20_000


def test_who_is_waited_for_too_long_is_put_out() -> None:
    with Door(socket.AF_INET, 4) as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        with socket.create_connection(door.getsockname()) as outside:
            inside, _ = door.accept()
            door.put_out_late()
            assert door.counts()["put_out"] == 0
            inside.since -= 21.0  # type: ignore[attr-defined]
            with door.working(outside.getsockname()):
                door.put_out_late()
                assert door.counts()["put_out"] == 0
            inside.since -= 151.0  # type: ignore[attr-defined]
            door.put_out_late()
            assert outside.recv(1) == b""
            inside.close()


def test_a_stranger_takes_no_place_of_who_is_worked_for(tmp_path: Path) -> None:
    with Door(socket.AF_INET, 1) as door, ExitStack() as stack:
        door.bind(("127.0.0.1", 0))
        door.listen()
        first = stack.enter_context(socket.create_connection(door.getsockname()))
        stack.enter_context(door.accept()[0])
        with door.working(first.getsockname()):
            late = stack.enter_context(socket.create_connection(door.getsockname()))
            stack.enter_context(door.accept()[0])
            assert late.recv(1) == b""
        assert door.counts() == {"accepted": 2, "put_out": 0, "turned_away": 1}
