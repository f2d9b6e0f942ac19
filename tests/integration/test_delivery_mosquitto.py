"""Delivery over a real mosquitto with certificates: killed brokers and devices, refused topics."""

import contextlib
import itertools
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_agent.benchmark.confirming import confirm
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.fetcher import Fetcher
from lamplighter_agent.link.outbox import Outbox
from lamplighter_agent.link.session import Session, State
from lamplighter_controller.link.mosquitto import Mosquitto
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.names import CONTROLLER_NAME
from lamplighter_wire import topics
from lamplighter_wire.artifacts import fetch_window
from lamplighter_wire.artifacts.fetch_window import WINDOW_CEILING
from lamplighter_wire.blobs import ArtifactFile, Piece, artifact_sha256, assemble, compress, pack
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import RefusedError, TransportError
from lamplighter_wire.messages import Desired, Envelope, Event, Request, Status, Transfer
from lamplighter_wire.signing import KeySet, SigningKey, open_desired, seal
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles
from lamplighter_wire.transport.protocol import Received

from tests.simulators.broker_rules import open_rules
from tests.simulators.certificates import key_and_request

pytestmark = pytest.mark.broker
WAIT_S = 90.0
# A chunk counts as lost only then: a stall of a busy machine must not look like a loss.
PATIENCE_S = 10.0
TENSORS = [Piece(f"w{n}", bytes((n * 31 + i * i) % 251 for i in range(40_000))) for n in range(60)]
FILES = [ArtifactFile("model.onnx", [Piece("skeleton", b"graph" * 100)])]
FILES += [ArtifactFile("tensors.bin", TENSORS)]
PACKED = pack(FILES)


def eventually(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.01)


class Town:
    """An authority, its broker, and a controller that serves chunks on request."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder / "pki")
        files = self.authority.server_files(["localhost", "127.0.0.1"])
        self.broker = Mosquitto(folder / "broker", files, open_rules(self.authority)).start()
        own = self.authority.controller_files()
        self.controller = MqttTransport(
            "127.0.0.1", self.broker.port, CONTROLLER_NAME, TlsFiles(own.ca, own.cert, own.key)
        )
        self.controller.on_message(self._on_message)
        self.said: list[Received] = []
        self.asked: list[str] = []
        self.pause_s = 0.0
        self.after: tuple[int, Callable[[], None]] | None = None
        self._todo: queue.Queue[str | None] = queue.Queue()
        self._server = threading.Thread(target=self._serve, daemon=True)
        self._server.start()
        self.connect()

    def connect(self) -> None:
        self.controller.connect()
        self.controller.subscribe(topics.ALL_UP)

    def close(self) -> None:
        self._todo.put(None)
        self._server.join(5)
        self.controller.close()
        self.broker.stop()

    def kill_broker(self) -> None:
        """No time to save anything."""
        os.kill(self.broker.pid, signal.SIGKILL)
        eventually(lambda: not self.broker.running, "the broker is dead")

    def revive_broker(self) -> None:
        self.broker.start()
        self.connect()

    def device_files(self, name: str) -> TlsFiles:
        """A certificate for a device's own key, as an enrolment leaves it."""
        folder = self.folder / f"identity-{name}"
        folder.mkdir(exist_ok=True)
        pem, csr = key_and_request(name)
        files = TlsFiles(self.authority.ca_path, folder / "device.pem", folder / "device.key")
        files.key.write_bytes(pem)
        files.cert.write_text(self.authority.sign_csr(csr, name))
        return files

    def of(self, device: str, channel: str) -> list[bytes]:
        return [m.payload for m in list(self.said) if m.topic == topics.up(device, channel)]

    def _on_message(self, message: Received) -> None:
        self.said.append(message)
        confirm(self.controller, message)
        if message.topic.endswith("/request"):
            for sha in decode(message.payload, Request).chunks:
                self.asked.append(sha)
                self._todo.put(sha)

    def _serve(self) -> None:
        for sent in itertools.count(1):
            sha = self._todo.get()
            if sha is None:
                return
            time.sleep(self.pause_s)
            try:
                self.controller.publish(topics.blob(sha), compress(PACKED.chunks[sha]))
            except TransportError:
                continue
            if self.after is not None and sent == self.after[0]:
                self.after[1]()


class Camera:
    """A device: session, outbox, store and fetcher over MQTT."""

    def __init__(self, town: Town, name: str, files: TlsFiles) -> None:
        clock = SystemClock()
        home = town.folder / name
        self.store = ChunkStore(home / "chunks")
        self.outbox = Outbox(home / "outbox.db")
        self.transport = MqttTransport("127.0.0.1", town.broker.port, name, files)
        self.session = Session(self.transport, name, self.outbox, clock)
        self.fetcher = Fetcher(
            self.transport,
            self.store,
            name,
            clock,
            lambda request: self.session.send_now("request", request),
        )
        self.desired: queue.Queue[Envelope] = queue.Queue()
        self.session.handle(
            desired=self.desired.put,
            blob=self._on_blob,
            online=self.fetcher.on_connected,
        )
        self.off = False
        self.heard: list[str] = []

    def _on_blob(self, sha: str, payload: bytes) -> None:
        self.fetcher.on_blob(sha, payload)
        self.heard.append(sha)

    def start(self) -> "Camera":
        self.session.start()
        eventually(lambda: self.session.state is State.ONLINE, "the device is online")
        return self

    def fetch(self) -> Transfer:
        return self.fetcher.fetch(list(PACKED.chunks), 1, lambda _: None, lambda: self.off, WAIT_S)

    def lose_power(self) -> None:
        """No goodbye: its session ends with no word, and the socket just closes."""
        self.session._stop.set()  # noqa: SLF001
        self.session._wake.set()  # noqa: SLF001
        self.session._thread.join(WAIT_S)  # type: ignore[union-attr]  # noqa: SLF001
        client = self.transport._client  # noqa: SLF001
        sock = client and client.socket()
        if sock is not None:
            with contextlib.suppress(OSError):  # it was lost by itself, which is as good
                sock.shutdown(2)
        self.outbox.close()

    def close(self) -> None:
        self.session.close()
        self.outbox.close()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_WAIT_S", "MIN_WAIT_S"):
        monkeypatch.setattr(fetch_window, name, PATIENCE_S)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    built = Town(tmp_path)
    yield built
    built.close()


@pytest.fixture
def camera(town: Town) -> Iterator[Camera]:
    built = Camera(town, "cam-1", town.device_files("cam-1"))
    yield built
    built.close()


def test_an_artifact_arrives_and_fits_together(town: Town, camera: Camera, tmp_path: Path) -> None:
    camera.start()
    done = camera.fetch()
    assert (done.chunks_missing, done.duplicates) == (0, 0)
    assert len(town.asked) == len(PACKED.chunks)
    name = assemble(PACKED.parts, camera.store.read, tmp_path)
    assert name == artifact_sha256(FILES)


def test_a_killed_broker_costs_at_most_one_window(town: Town, camera: Camera) -> None:
    camera.start()
    town.pause_s = 0.01
    # The broker dies with the thread that started it, so its second life starts on this one.
    dead = threading.Event()

    def kill() -> None:
        town.kill_broker()
        dead.set()

    town.after = (25, kill)
    results: list[Transfer] = []
    fetching = threading.Thread(target=lambda: results.append(camera.fetch()))
    fetching.start()
    assert dead.wait(WAIT_S)
    town.revive_broker()
    fetching.join(2 * WAIT_S)
    assert results[0].chunks_missing == 0
    assert camera.store.missing(PACKED.chunks) == []
    assert len(town.asked) - len(PACKED.chunks) <= WINDOW_CEILING


def test_a_device_switched_off_resumes_from_its_disk(town: Town) -> None:
    files = town.device_files("cam-1")
    first = Camera(town, "cam-1", files).start()
    town.pause_s = 0.01

    def switch_off() -> None:
        first.off = True

    town.after = (25, switch_off)
    with pytest.raises(Exception, match="called off"):
        first.fetch()
    first.lose_power()

    def last_status() -> Status:
        return decode(town.of("cam-1", "status")[-1], Status)

    eventually(lambda: not last_status().online, "the will is published")
    epoch = first.session.epoch
    assert last_status().epoch == epoch

    second = Camera(town, "cam-1", files).start()
    assert second.session.epoch > epoch
    held = len(PACKED.chunks) - len(second.store.missing(PACKED.chunks))
    done = second.fetch()
    second.close()
    assert held >= 8
    assert done.chunks_received == len(PACKED.chunks) - held
    assert len(town.asked) - len(PACKED.chunks) <= WINDOW_CEILING


def test_what_was_said_while_the_broker_was_dead_arrives_in_order(
    town: Town, camera: Camera
) -> None:
    camera.start()
    town.kill_broker()
    eventually(lambda: camera.session.state is not State.ONLINE, "the device notices")
    for n in range(50):
        camera.session.send("event", Event(device="cam-1", kind="breach", data={"n": n}))
    town.revive_broker()

    def events_by_number() -> dict[int, Event]:
        return {e.seq: e for e in (decode(d, Event) for d in town.of("cam-1", "event"))}

    eventually(lambda: len(events_by_number()) >= 50, "all events arrive")
    events = events_by_number()
    assert [events[seq].data["n"] for seq in sorted(events)] == list(range(50))
    eventually(lambda: len(camera.outbox) == 0, "the outbox is empty")


def test_a_desired_state_waits_for_an_absent_device(town: Town, camera: Camera) -> None:
    key = SigningKey.generate()
    desired = Desired(device="cam-1", revision=3, expires_at=time.time() + 60)
    topic = topics.down("cam-1", "desired")
    town.controller.publish(topic, seal(desired, key), retain=True, wait_s=60)
    camera.start()
    envelope = camera.desired.get(timeout=WAIT_S)
    assert open_desired(envelope, KeySet.of(key), "cam-1", time.time()) == desired


def test_a_refused_message_has_its_own_error_and_blocks_nothing(town: Town, camera: Camera) -> None:
    camera.start()
    with pytest.raises(RefusedError):
        camera.transport.publish(topics.up("cam-2", "event"), encode(Event()), wait_s=60)
    with pytest.raises(RefusedError):
        camera.transport.publish(topics.blob("a" * 64), b"poison", wait_s=60)
    camera.session.send("event", Event(device="cam-1", kind="breach"))
    eventually(lambda: town.of("cam-1", "event"), "its own event arrives")
    assert town.of("cam-2", "event") == []


def test_a_chunk_that_came_for_another_device_is_not_asked_for_again(
    town: Town, camera: Camera
) -> None:
    other = Camera(town, "cam-2", town.device_files("cam-2")).start()
    camera.start()
    sha = next(iter(PACKED.chunks))
    camera.transport.subscribe(topics.blob(sha))
    camera.session.send("event", Event(device="cam-1", kind="breach"))
    eventually(lambda: town.of("cam-1", "event"), "the broker has taken what was sent before it")
    for device in (other, camera):
        done = device.fetcher.fetch([sha], 1, lambda _: None, lambda: False, WAIT_S)
        assert done.chunks_received == 1
        eventually(lambda: camera.heard, "the broadcast reaches the one who listens beside it")
    other.close()
    assert town.asked == [sha]


@pytest.mark.parametrize("kept", [True, False])
def test_the_broker_keeps_for_an_absent_device_only_what_it_asked_to_keep(
    town: Town, camera: Camera, kept: bool
) -> None:
    sha, marker = next(iter(PACKED.chunks)), topics.down("cam-2", "command")
    files = town.device_files("cam-2")
    absent = MqttTransport("127.0.0.1", town.broker.port, "cam-2", files)
    absent.connect()
    absent.subscribe(topics.all_down("cam-2"))
    absent.subscribe(topics.blob(sha), kept=kept)
    absent.close()
    camera.start().fetcher.fetch([sha], 1, lambda _: None, lambda: False, WAIT_S)
    town.controller.publish(marker, b"{}", wait_s=60)
    heard: list[str] = []
    back = MqttTransport("127.0.0.1", town.broker.port, "cam-2", files)
    back.on_message(lambda message: heard.append(message.topic))
    back.connect()
    eventually(lambda: marker in heard, "what was sent meanwhile comes")
    back.close()
    assert (topics.blob(sha) in heard) == kept
