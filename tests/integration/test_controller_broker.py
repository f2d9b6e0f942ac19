"""The broker child and what it keeps for a client that has not handled it, with real mosquitto."""

import queue
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from lamplighter_controller.errors import BrokerError
from lamplighter_controller.link import mosquitto as link
from lamplighter_controller.link.broker_choice import broker_client_files, make_broker
from lamplighter_controller.link.chunks.broker_room import HEAP_TOPIC, BrokerRoom
from lamplighter_controller.link.connection import Connection
from lamplighter_controller.link.external import BROKER_FILES, ExternalBroker
from lamplighter_controller.link.inbound import Backlog
from lamplighter_controller.link.mosquitto import Mosquitto, free_port, stop_mosquitto
from lamplighter_controller.link.mosquitto_process import find_mosquitto, running_mosquitto
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.names import CONTROLLER_NAME
from lamplighter_controller.settings import ControllerSettings
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles
from lamplighter_wire.transport.protocol import Received

from tests.simulators.broker_rules import open_rules
from tests.simulators.certificates import key_and_request

pytestmark = pytest.mark.broker
PATIENCE_S = 30.0
# Starts the real broker the first and the third time, and nothing the second.
SLOW_ONCE = """#!/bin/sh
echo run >> "$0.runs"
[ "$(wc -l < "$0.runs")" -eq 2 ] && exec sleep 600
exec {real} "$@"
"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "pki")


def make_child(tmp_path: Path, authority: Authority) -> Mosquitto:
    return Mosquitto(
        tmp_path / "broker", authority.server_files(["127.0.0.1"]), open_rules(authority)
    )


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    child = make_child(tmp_path, authority).start()
    yield child
    child.stop()


def controller(authority: Authority, port: int) -> MqttTransport:
    files = authority.controller_files()
    tls = TlsFiles(files.ca, files.cert, files.key)
    return MqttTransport("127.0.0.1", port, CONTROLLER_NAME, tls)


def test_the_broker_says_what_it_holds(broker: Mosquitto, authority: Authority) -> None:
    """More than before, once a message waits for somebody who does not read."""
    said: queue.Queue[int] = queue.Queue()
    room = BrokerRoom(2**30, SystemClock())

    def hear(payload: bytes) -> None:
        room.hear(payload)
        said.put(int(payload))

    link = Connection(
        lambda: controller(authority, broker.port),
        lambda _: None,
        lambda: None,
        heard={HEAP_TOPIC: hear},
    )
    link.start()
    try:
        first = said.get(timeout=PATIENCE_S)
        link.publish("lamplighter/v1/cam-1/down/desired", bytes(200_000), retain=True)
        while said.get(timeout=PATIENCE_S) < first + 200_000:
            pass
        assert room.waits_s() == 0.0
    finally:
        link.close()


@pytest.fixture
def outliving(tmp_path: Path, authority: Authority) -> Iterator[Callable[..., Mosquitto]]:
    """Makes brokers of one folder that outlive who started them; they end with the test."""

    def make(port: int, *, outlives: bool = True) -> Mosquitto:
        files = authority.server_files(["127.0.0.1"])
        return Mosquitto(
            tmp_path / "broker", files, open_rules(authority), port=port, outlives=outlives
        )

    yield make
    stop_mosquitto(tmp_path / "broker")


def subscribe(transport: MqttTransport) -> None:
    """What is published after this is received, also from others."""
    transport.subscribe("lamplighter/v1/+/up/+")
    transport.publish("lamplighter/v1/cam-0/down/command", b"x", wait_s=PATIENCE_S)


class Listener:
    """A connection of the controller that handles messages when it is told to."""

    def __init__(self, authority: Authority, port: int) -> None:
        self.transport = controller(authority, port)
        self.heard: queue.Queue[Received] = queue.Queue()
        self.transport.on_message(self.heard.put, deferred=True)
        self.transport.connect()
        subscribe(self.transport)

    def take(self, count: int) -> list[Received]:
        return [self.heard.get(timeout=PATIENCE_S) for _ in range(count)]


def test_a_broker_that_came_up_too_slowly_is_started_again(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "mosquitto"
    script.write_text(SLOW_ONCE.format(real=find_mosquitto()))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    child = make_child(tmp_path, authority).start()
    port = child.port
    psutil.Process(child.pid).kill()
    deadline = time.monotonic() + PATIENCE_S
    while child.running and time.monotonic() < deadline:
        time.sleep(0.01)
    with monkeypatch.context() as hurry:
        hurry.setattr(link, "START_TIMEOUT_S", 0.2)
        with pytest.raises(BrokerError):
            child.ensure_running()
    assert child.ensure_running()
    assert (child.running, child.port) == (True, port)
    child.stop()
    assert not child.ensure_running(), "what was stopped stays so"


def test_a_broker_that_was_left_is_taken_over_with_its_sessions(
    authority: Authority, outliving: Callable[..., Mosquitto]
) -> None:
    left = outliving(free_port()).start()
    listener = Listener(authority, left.port)
    left.close()
    taken = outliving(left.port).start()
    assert (taken.pid, taken.running) == (left.pid, True)
    listener.transport.publish("lamplighter/v1/cam-1/up/event", b"x", wait_s=PATIENCE_S)
    listener.take(1)[0].done()
    listener.transport.close()
    assert taken.ensure_running() is False
    psutil.Process(taken.pid).kill()
    while taken.running:
        time.sleep(0.01)
    assert taken.ensure_running(), "it is looked after as one of our own"
    assert taken.pid != left.pid


def test_nothing_is_lost_while_a_broker_reads_another_certificate(
    tmp_path: Path, authority: Authority, outliving: Callable[..., Mosquitto]
) -> None:
    """Read while the controller is away, what it may receive would be forgotten."""
    left = outliving(free_port()).start()
    Listener(authority, left.port).transport.close()
    left.close()
    shown = serial_shown(authority, left.port)
    (tmp_path / "pki" / "server.crt").unlink()
    taken = outliving(left.port).start()
    device = device_transport(tmp_path, authority, left.port)
    event = "lamplighter/v1/cam-1/up/event"
    device.publish(event, b"before", wait_s=PATIENCE_S)
    listener = Listener(authority, left.port)
    taken.reload()
    deadline = time.monotonic() + PATIENCE_S
    while serial_shown(authority, left.port) == shown:
        assert time.monotonic() < deadline, "the new certificate is not read"
    device.publish(event, b"after", wait_s=PATIENCE_S)
    assert [message.payload for message in listener.take(2)] == [b"before", b"after"]
    taken.reload()  # nothing has changed
    listener.transport.close()
    device.close()


def device_transport(folder: Path, authority: Authority, port: int) -> MqttTransport:
    """A device, connected."""
    key, request = key_and_request("cam-1")
    files = TlsFiles(authority.ca_path, folder / "cam-1.crt", folder / "cam-1.key")
    files.cert.write_text(authority.sign_csr(request, "cam-1"))
    files.key.write_bytes(key)
    transport = MqttTransport("127.0.0.1", port, "cam-1", files)
    transport.connect()
    return transport


def serial_shown(authority: Authority, port: int) -> str:
    """Of the certificate that the broker shows."""
    files = authority.controller_files()
    context = ssl.create_default_context(cafile=str(files.ca))
    context.load_cert_chain(files.cert, files.key)
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        return str((secured.getpeercert() or {})["serialNumber"])


def test_a_broker_of_another_configuration_is_replaced(
    tmp_path: Path, outliving: Callable[..., Mosquitto]
) -> None:
    left = outliving(free_port()).start()
    moved = outliving(free_port()).start()
    assert (left.running, moved.running) == (False, True)
    bound = outliving(moved.port, outlives=False).start()
    assert (moved.running, bound.running) == (False, True), "it would not end with its controller"
    assert bound.pid != moved.pid
    bound.close()
    assert running_mosquitto(tmp_path / "broker" / "mosquitto.conf") is None


def test_no_other_process_is_taken_for_the_broker(tmp_path: Path) -> None:
    configuration = tmp_path / "mosquitto.conf"
    other = subprocess.Popen(["/bin/sh", "-c", f"sleep 600 # {configuration}"])
    mentions = subprocess.Popen([sys.executable, "-c", str(configuration)], stderr=subprocess.PIPE)
    assert running_mosquitto(configuration) is None
    for process in (other, mentions):
        process.kill()
        process.communicate()


def test_what_is_not_done_comes_again(authority: Authority, broker: Mosquitto) -> None:
    first = Listener(authority, broker.port)
    for n in range(4):
        first.transport.publish(f"lamplighter/v1/cam-{n}/up/event", b"x", wait_s=PATIENCE_S)
    heard = first.take(4)
    # The last may be done first: it is acknowledged after those that came before it.
    for message in (heard[3], heard[0]):
        message.done()
    first.transport.publish("lamplighter/v1/last/up/event", b"x", wait_s=PATIENCE_S)
    first.take(1)
    first.transport.close()

    second = Listener(authority, broker.port)
    again = second.take(4)
    assert [m.topic for m in again[:3]] == [m.topic for m in heard[1:]]
    heard[1].done()  # of a connection that has ended: nothing happens
    for message in again:
        message.done()
    second.transport.publish("lamplighter/v1/end/up/event", b"x", wait_s=PATIENCE_S)
    second.take(1)[0].done()
    second.transport.close()


def test_a_handler_that_fails_does_not_keep_its_message(
    authority: Authority, broker: Mosquitto
) -> None:
    failed = threading.Event()

    def fail(_message: Received) -> None:
        failed.set()
        raise ValueError("no good")

    transport = controller(authority, broker.port)
    transport.on_message(fail, deferred=True)
    transport.connect()
    transport.subscribe("lamplighter/v1/+/up/+")
    transport.publish("lamplighter/v1/cam-1/up/event", b"bad", wait_s=PATIENCE_S)
    assert failed.wait(PATIENCE_S)
    # The acknowledgement goes out before what is published after it.
    transport.publish("lamplighter/v1/cam-1/down/command", b"x", wait_s=PATIENCE_S)
    transport.close()
    after = Listener(authority, broker.port)
    after.transport.publish("lamplighter/v1/cam-2/up/event", b"good", wait_s=PATIENCE_S)
    assert after.take(1)[0].payload == b"good"
    after.transport.close()


def test_no_more_than_a_backlog_is_read_and_the_rest_comes_later(
    tmp_path: Path, authority: Authority, broker: Mosquitto
) -> None:
    """mosquitto sends on when the first is acknowledged, whatever the Receive Maximum says."""
    waiting: queue.Queue[Callable[[], None]] = queue.Queue()
    backlog, most, count = Backlog(most=50, longest_s=PATIENCE_S), 0, 500

    def receive(message: Received) -> None:
        nonlocal most
        waiting.put(backlog.admit(message.done))
        most = max(most, waiting.qsize())

    transport = controller(authority, broker.port)
    transport.on_message(receive, deferred=True)
    transport.connect()
    subscribe(transport)
    device = device_transport(tmp_path, authority, broker.port)
    for _ in range(count):
        device.publish("lamplighter/v1/cam-1/up/event", b"x")
    for _ in range(count):
        waiting.get(timeout=PATIENCE_S)()
    assert most <= 50
    device.close()
    transport.close()


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("mqtts://broker.example", "broker.example", 8883),
        ("mqtts://10.0.0.2:1234/", "10.0.0.2", 1234),
        ("mqtts://[::1]:8884", "::1", 8884),
    ],
)
def test_a_broker_is_named_by_url(tmp_path: Path, url: str, host: str, port: int) -> None:
    assert ExternalBroker.at(url, tmp_path) == ExternalBroker(host, port, tmp_path)


@pytest.mark.parametrize(
    "url",
    ["mqtt://b:1883", "b:8883", "mqtts://", "mqtts://b:x", "mqtts://b/path", "mqtts://me@b", "//b"],
)
def test_what_is_no_such_url_is_said(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="broker_url"):
        ExternalBroker.at(url, tmp_path)


def test_settings_say_whose_broker_and_which_certificate(
    tmp_path: Path, authority: Authority
) -> None:
    other = ControllerSettings(data_dir=tmp_path, broker_url="mqtts://b:1", broker_ca="other.pem")
    folder = tmp_path / BROKER_FILES
    assert make_broker(other, authority) == ExternalBroker("b", 1, folder)
    files = broker_client_files(other, authority)
    assert (files.ca, files.cert) == (Path("other.pem"), authority.controller_files().cert)
    half = ControllerSettings(data_dir=tmp_path, broker_url="mqtts://b", broker_key="key.pem")
    with pytest.raises(SettingsError, match="belong together"):
        broker_client_files(half, authority)
