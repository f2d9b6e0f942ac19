"""What paho leaves to its user: Receive Maximum, and causes that can be read."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_wire.errors import RefusedError, TransportError
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles

# CONNACK: no session, success, one property: Receive Maximum (0x21) = 2.
CONNACK = bytes([0x20, 6, 0, 0, 3, 0x21, 0, 2])
REFUSAL = bytes([0x20, 3, 0, 0x87, 0])  # not authorized
CONNECT, PUBLISH = 1, 3
NOT_AUTHORIZED = 0x87
PACKET_IDS = 65_535


class RefusingStub:
    """Acknowledges every message, and refuses those on topics that begin with "no"."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        peer, _ = self._server.accept()
        with contextlib.suppress(OSError), peer, peer.makefile("rb") as stream:
            while head := stream.read(2):
                body = stream.read(head[1])
                if head[0] >> 4 == CONNECT:
                    peer.sendall(bytes([0x20, 3, 0, 0, 0]))
                elif head[0] >> 4 == PUBLISH:
                    length = int.from_bytes(body[:2])
                    topic, number = body[2 : 2 + length], body[2 + length : 4 + length]
                    code = NOT_AUTHORIZED if topic.startswith(b"no") else 0
                    peer.sendall(bytes([0x40, 4, *number, code, 0]))

    def close(self) -> None:
        self._server.close()
        self._thread.join(5)


class Stub:
    """Answers CONNECT with fixed bytes; records the packets of each client, acknowledges none."""

    def __init__(self, answer: bytes) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.clients: list[list[int]] = []
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            self.clients.append([])
            with peer, peer.makefile("rb") as stream:
                while head := stream.read(2):
                    assert head[1] < 128, "packets of this test are small"
                    stream.read(head[1])
                    self.clients[-1].append(head[0] >> 4)
                    if head[0] >> 4 == CONNECT:
                        peer.sendall(self._answer)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)


@pytest.fixture
def stub(request: pytest.FixtureRequest) -> Iterator[Stub]:
    server = Stub(request.param)
    yield server
    server.close()


@pytest.mark.parametrize("stub", [CONNACK], indirect=True)
def test_no_more_is_under_way_than_the_broker_can_take(stub: Stub) -> None:
    transport = MqttTransport("127.0.0.1", stub.port, "cam-1")
    transport.connect()
    for n in range(5):
        transport.publish("t", bytes([n]))
    with pytest.raises(TransportError, match="not acknowledged"):
        transport.publish("t", b"last", wait_s=0.5)
    transport.close()
    stub.close()
    assert stub.clients[-1].count(PUBLISH) == 2


@pytest.mark.parametrize("stub", [REFUSAL], indirect=True)
def test_a_refused_connection_says_why(stub: Stub) -> None:
    transport = MqttTransport("127.0.0.1", stub.port, "cam-1")
    with pytest.raises(TransportError, match="Not authorized"):
        transport.connect()
    assert not transport.connected


def test_nobody_there_says_where() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TransportError, match=str(port)):
        MqttTransport("127.0.0.1", port, "cam-1").connect()


def test_missing_certificates_are_a_transport_error(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path / "ca", tmp_path / "cert", tmp_path / "key")
    with pytest.raises(TransportError, match="certificate files"):
        MqttTransport("127.0.0.1", 1, "cam-1", files).connect()


def test_an_unconnected_transport_refuses_to_speak() -> None:
    transport = MqttTransport("127.0.0.1", 1, "cam-1")
    with pytest.raises(TransportError):
        transport.publish("t", b"")
    with pytest.raises(TransportError):
        transport.subscribe("t")
    transport.close()


@pytest.fixture
def refusing() -> Iterator[MqttTransport]:
    stub = RefusingStub()
    transport = MqttTransport("127.0.0.1", stub.port, "cam-1")
    transport.connect()
    yield transport
    transport.close()
    stub.close()


def test_each_message_of_a_batch_knows_whether_it_was_refused(refusing: MqttTransport) -> None:
    topics = ["a", "no/1", "b", "no/2", "c"]
    batch = [refusing.publish(topic, b"x") for topic in topics]
    batch[-1].wait(60.0)
    assert [bool(publication.refusal) for publication in batch] == [False, True, False, True, False]
    with pytest.raises(RefusedError, match="does not permit cam-1 to use no/1"):
        batch[1].wait(0.0)


@pytest.mark.slow
def test_a_refusal_nobody_waited_for_is_not_held_against_a_later_message(
    refusing: MqttTransport,
) -> None:
    refusing.publish("no/1", b"x")
    for _ in range(PACKET_IDS - 1):
        refusing.publish("a", b"x")
    refusing.publish("a", b"x", wait_s=240.0)  # has the refused message's number
