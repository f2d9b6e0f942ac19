"""Identity against a real mosquitto: names come from certificates, and nothing else counts."""

import queue
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import psutil
import pytest
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.link.mosquitto import Mosquitto
from lamplighter_controller.link.mosquitto_process import MOST_FILES, find_mosquitto
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.names import CONTROLLER_NAME

from tests.simulators.broker_rules import open_rules
from tests.simulators.certificates import key_and_request

pytestmark = pytest.mark.broker
WAIT_S = 60.0


class Peer:
    """A paho client that records what happens to it."""

    def __init__(self, port: int, files: tuple[Path, Path, Path] | None, client_id: str) -> None:
        self.connects: queue.Queue[str] = queue.Queue()
        self.lost: queue.Queue[str] = queue.Queue()
        self.messages: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.acks: queue.Queue[str] = queue.Queue()
        self.grants: queue.Queue[Any] = queue.Queue()
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv5)
        if files is not None:
            client.tls_set(*(str(f) for f in files))
        client.on_connect = lambda c, u, f, rc, p: self.connects.put(str(rc))
        client.on_disconnect = lambda c, u, f, rc, p: self.lost.put(str(rc))
        client.on_message = lambda c, u, m: self.messages.put((m.topic, m.payload))
        client.on_publish = lambda c, u, i, rc, p: self.acks.put(str(rc))
        client.on_subscribe = lambda c, u, i, rc, p: self.grants.put(rc)
        self.client = client
        client.connect("127.0.0.1", port)
        client.loop_start()

    def publish(self, topic: str, payload: bytes) -> str:
        self.client.publish(topic, payload, 1)
        return self.acks.get(timeout=WAIT_S)

    def subscribe(self, topic: str) -> None:
        self.client.subscribe(topic, 1)
        self.grants.get(timeout=WAIT_S)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "pki")


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    files = authority.server_files(["localhost", "127.0.0.1"])
    child = Mosquitto(tmp_path / "broker", files, open_rules(authority)).start()
    yield child
    child.stop()


@pytest.fixture
def connect(tmp_path: Path, authority: Authority, broker: Mosquitto) -> Iterator[Any]:
    peers: list[Peer] = []

    def _connect(name: str, client_id: str | None = None) -> Peer:
        if name == CONTROLLER_NAME:
            own = authority.controller_files()
            files = (own.ca, own.cert, own.key)
        else:
            files = device_files(tmp_path, authority, name)
        peer = Peer(broker.port, files, name if client_id is None else client_id)
        peers.append(peer)
        assert peer.connects.get(timeout=WAIT_S) == "Success"
        return peer

    yield _connect
    for peer in peers:
        peer.close()


def device_files(directory: Path, authority: Authority, name: str) -> tuple[Path, Path, Path]:
    key, request = key_and_request(name)
    cert_path, key_path = directory / f"{name}.crt", directory / f"{name}.key"
    cert_path.write_text(authority.sign_csr(request, name))
    key_path.write_bytes(key)
    return authority.ca_path, cert_path, key_path


def received(peer: Peer, last: bytes) -> list[tuple[str, bytes]]:
    """Everything up to the message `last`: the broker keeps the order, so nothing is still to come.

    `last` itself is left out.
    """
    found: list[tuple[str, bytes]] = []
    while not found or found[-1][1] != last:
        found.append(peer.messages.get(timeout=WAIT_S))
    return found[:-1]


def test_device_writes_only_as_itself(connect: Any) -> None:
    controller, device = connect(CONTROLLER_NAME), connect("cam-1")
    controller.subscribe("lamplighter/v1/+/up/+")
    assert device.publish("lamplighter/v1/cam-1/up/event", b"mine") == "Success"
    assert device.publish("lamplighter/v1/cam-2/up/event", b"forged") == "Not authorized"
    assert device.publish("lamplighter/v1/cam-1/down/desired", b"forged") == "Not authorized"
    assert device.publish("lamplighter/v1/blob/" + "0" * 64, b"forged") == "Not authorized"
    assert device.publish("lamplighter/v1/cam-1/up/event", b"last") == "Success"
    assert received(controller, b"last") == [("lamplighter/v1/cam-1/up/event", b"mine")]


def test_device_reads_only_its_own_orders(connect: Any) -> None:
    controller, device = connect(CONTROLLER_NAME), connect("cam-1")
    device.subscribe("lamplighter/v1/#")
    device.subscribe("lamplighter/v1/cam-2/down/+")
    for topic in ("cam-1/down/desired", "cam-2/down/desired", "cam-2/up/event"):
        assert controller.publish(f"lamplighter/v1/{topic}", topic.encode()) in (
            "Success",
            "No matching subscribers",
        )
    controller.publish("lamplighter/v1/cam-1/down/desired", b"last")
    assert {t for t, _ in received(device, b"last")} == {"lamplighter/v1/cam-1/down/desired"}


def test_device_reads_shared_chunks(connect: Any) -> None:
    controller, device = connect(CONTROLLER_NAME), connect("cam-1")
    topic = "lamplighter/v1/blob/" + "a" * 64
    device.subscribe(topic)
    controller.publish(topic, b"chunk")
    assert device.messages.get(timeout=WAIT_S) == (topic, b"chunk")


def test_device_cannot_take_anothers_session(connect: Any) -> None:
    controller, victim = connect(CONTROLLER_NAME), connect("cam-1")
    thief = connect("cam-2", client_id="cam-1")
    second = connect("cam-3", client_id=CONTROLLER_NAME)
    controller.subscribe("lamplighter/v1/cam-1/up/+")
    assert victim.publish("lamplighter/v1/cam-1/up/event", b"still here") == "Success"
    assert controller.messages.get(timeout=WAIT_S)[1] == b"still here"
    thief.subscribe("lamplighter/v1/cam-1/down/+")
    thief.subscribe("lamplighter/v1/cam-2/down/+")
    controller.publish("lamplighter/v1/cam-1/down/desired", b"order")
    controller.publish("lamplighter/v1/cam-2/down/desired", b"last")
    assert received(thief, b"last") == []
    assert second.publish("lamplighter/v1/cam-1/up/event", b"forged") == "Not authorized"
    assert victim.lost.empty()
    assert controller.lost.empty()


def _answer(client: paho.Client, port: int) -> str:
    """What comes of a connection: the broker's answer, or "refused" when it hangs up first."""
    answers: queue.Queue[str] = queue.Queue()
    client.on_connect = lambda c, u, f, rc, p: answers.put(str(rc))
    client.on_disconnect = lambda c, u, f, rc, p: answers.put("refused")
    try:
        client.connect("127.0.0.1", port)
        client.loop_start()
        return answers.get(timeout=WAIT_S)
    except (OSError, ssl.SSLError):
        return "refused"
    finally:
        client.loop_stop()


def test_a_certificate_of_its_own_is_let_in(
    tmp_path: Path, broker: Mosquitto, authority: Authority
) -> None:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, "x", protocol=paho.MQTTv5)
    client.tls_set(*(str(f) for f in device_files(tmp_path, authority, "cam-9")))
    assert _answer(client, broker.port) == "Success"


def test_no_certificate_no_connection(broker: Mosquitto, authority: Authority) -> None:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, "x", protocol=paho.MQTTv5)
    client.tls_set_context(ssl.create_default_context(cafile=str(authority.ca_path)))
    assert _answer(client, broker.port) == "refused"


def test_certificate_of_another_authority_is_refused(
    tmp_path: Path, broker: Mosquitto, authority: Authority
) -> None:
    stranger = Authority(tmp_path / "other")
    _, cert, key = device_files(tmp_path, stranger, "cam-9")
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, "x", protocol=paho.MQTTv5)
    client.tls_set(str(authority.ca_path), str(cert), str(key))
    assert _answer(client, broker.port) == "refused"


@pytest.mark.parametrize("name", [CONTROLLER_NAME, "cam-2", "+", "#", ""])
def test_request_must_name_the_tokens_device(authority: Authority, name: str) -> None:
    if name:
        _, request = key_and_request(name)
    else:
        request = "not a request"
    with pytest.raises(InvalidError):
        authority.sign_csr(request, "cam-1")
    with pytest.raises(InvalidError):
        authority.sign_csr(request, CONTROLLER_NAME)


def test_retained_state_survives_a_restart(connect: Any, broker: Mosquitto) -> None:
    controller = connect(CONTROLLER_NAME)
    controller.client.publish("lamplighter/v1/cam-1/down/desired", b"keep", 1, retain=True)
    controller.acks.get(timeout=WAIT_S)
    port = broker.port
    broker.stop()
    broker.start()
    assert broker.port == port
    device = connect("cam-1")
    device.subscribe("lamplighter/v1/cam-1/down/+")
    assert device.messages.get(timeout=WAIT_S) == ("lamplighter/v1/cam-1/down/desired", b"keep")


def test_a_broker_takes_as_many_connections_as_the_machine_permits(
    broker: Mosquitto,
) -> None:
    most, hard = psutil.Process(broker.pid).rlimit(psutil.RLIMIT_NOFILE)
    assert most == (min(hard, MOST_FILES) if hard > 0 else MOST_FILES)


def test_a_broker_that_died_is_started_again(broker: Mosquitto) -> None:
    assert not broker.ensure_running()
    for child in psutil.Process().children():
        if child.name() == "mosquitto":
            child.kill()
            child.wait()
    assert not broker.running
    assert broker.ensure_running()
    assert broker.running


def test_mosquitto_is_found() -> None:
    assert shutil.which(find_mosquitto())
