"""Chunks reach whom they were ordered for, and nobody else; who asks on and on gets its share."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import paho.mqtt.client as paho
import psutil
import pytest
from lamplighter_controller.link.access.access_control import AccessControl, ShutOut
from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.access.chunk_permits import OrderedChunks
from lamplighter_controller.link.chunks.chunk_server import (
    ASKED_AT_ONCE,
    FETCHES,
    TOO_OFTEN,
    ChunkServer,
)
from lamplighter_controller.link.mosquitto import Mosquitto
from lamplighter_controller.link.quotas.fetch_shares import LEAST
from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.names import CONTROLLER_NAME
from lamplighter_wire.artifacts.manifest import Manifest, Part
from lamplighter_wire.artifacts.variant_delta import Delta, DeltaPart
from lamplighter_wire.blobs import CHUNK_BYTES, sha256_hex
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Desired, Envelope, OperatingPoint, Rung, VariantDelta
from lamplighter_wire.topics import ROOT, blob, blobs_of
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles
from lamplighter_wire.transport.protocol import Received
from paho.mqtt.enums import CallbackAPIVersion

from tests.integration.test_controller_serve import eventually

pytestmark = pytest.mark.broker
CHUNK = b"weights" * 1000


class Street:
    """A broker, a chunk server, and cameras of which one was ordered something."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, SystemClock()
        self.authority = Authority(folder / "pki")
        revoked = self.authority.revocation_list([])
        files = self.authority.server_files(["127.0.0.1"])
        self.broker = Mosquitto(folder / "broker", files, AccessRules(revoked=revoked)).start()
        self.controller = self._client(CONTROLLER_NAME)
        self.controller.connect()
        self.blobs: dict[str, bytes] = {}
        self.orders: dict[str, Desired] = {}
        self.order("cam-a", [CHUNK])
        self.misconduct = Misconduct()
        access = AccessControl(
            self.broker, lambda: ShutOut(frozenset(), revoked), lambda: True, self.clock
        )
        access.load()
        self.permits = OrderedChunks(self.orders.get, self.blobs.get, access)
        self.chunks = ChunkServer(
            self.controller, self.blobs.get, self.clock, self.permits, self.misconduct
        )
        self.received: dict[str, list[str]] = {}
        self.cameras: list[MqttTransport] = []

    def order(self, device: str, chunks: list[bytes]) -> list[str]:
        """Order a device a variant of these chunks; returns their hashes."""
        shas = [sha256_hex(raw) for raw in chunks]
        manifest = Manifest(id="v1", parts=[Part(name="skeleton", chunks=shas)])
        envelope = encode(Envelope(payload=encode(manifest)))
        self.blobs |= {sha256_hex(raw): raw for raw in (*chunks, envelope)}
        point = OperatingPoint(variant="v1", manifest=sha256_hex(envelope))
        self.orders[device] = Desired(device=device, revision=1, primary=Rung(point=point))
        return shas

    def deaf_camera(self, name: str, topic: str) -> paho.Client:
        """Subscribed; it never reads what comes."""
        folder = self.folder / name
        folder.mkdir()
        files = self.authority.passing_files(name, folder)
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        client.tls_set(str(files.ca), str(files.cert), str(files.key))
        subscribed: list[int] = []
        client.on_subscribe = lambda *_: subscribed.append(1)
        client.on_connect = lambda *_: client.subscribe(topic, qos=1)
        client.connect("127.0.0.1", self.broker.port)
        deadline = time.monotonic() + 60.0
        while not subscribed and time.monotonic() < deadline:
            client.loop(0.1)
        assert subscribed
        return client

    def broker_bytes(self) -> int:
        """Memory that the broker has taken."""
        return int(psutil.Process(self.broker.pid).memory_info().rss)

    def camera(self, name: str, *filters: str) -> MqttTransport:
        """Connected and subscribed."""
        camera, received = self._client(name), self.received.setdefault(name, [])

        def note(message: Received) -> None:
            received.append(message.topic)

        camera.on_message(note)
        camera.connect()
        for topic in filters:
            camera.subscribe(topic, kept=False)
        self.cameras.append(camera)
        return camera

    def close(self) -> None:
        for client in (*self.cameras, self.controller):
            client.close()
        self.broker.stop()

    def _client(self, name: str) -> MqttTransport:
        folder = self.folder / name
        folder.mkdir()
        files = self.authority.passing_files(name, folder)
        return MqttTransport(
            "127.0.0.1", self.broker.port, name, TlsFiles(files.ca, files.cert, files.key)
        )


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.close()


def test_what_a_delta_takes_is_ordered_with_it(street: Street) -> None:
    part = b"what differs"
    document = encode(Delta(parts=[DeltaPart(chunks=[sha256_hex(part)])]))
    street.blobs |= {sha256_hex(raw): raw for raw in (part, document)}
    named = VariantDelta(chunk=sha256_hex(document))
    street.orders["cam-a"] = msgspec.structs.replace(street.orders["cam-a"], deltas=[named])
    wanted = [sha256_hex(part), sha256_hex(document)]
    assert street.permits.permitted("cam-a", "", wanted) == wanted
    assert street.permits.permitted("cam-b", "", wanted) == []
    assert street.permits.permitted("cam-a", named.chunk, wanted) == wanted


def test_only_who_was_ordered_a_chunk_reads_it(street: Street) -> None:
    sha = sha256_hex(CHUNK)
    street.camera("cam-a", blob(sha))
    street.camera("cam-b", f"{ROOT}/blob/#", blob(sha), "#")
    street.chunks.request("cam-a", [sha])
    street.chunks.flush()
    eventually(lambda: street.received["cam-a"] == [blob(sha)])
    time.sleep(0.2)  # nothing is on its way any more
    assert street.received["cam-b"] == []
    assert street.chunks.counts()["chunks"] == 1


def test_only_who_was_ordered_an_artifact_reads_its_chunks(street: Street) -> None:
    """One rule, whatever number of chunks it has, and none of another artifact."""
    sha, artifact = sha256_hex(CHUNK), street.orders["cam-a"].primary.point.manifest
    street.camera("cam-a", blobs_of(artifact))
    street.camera("cam-b", f"{ROOT}/blob/#", blobs_of(artifact), blob(sha, artifact))
    street.chunks.request("cam-a", [sha], artifact=artifact)
    street.chunks.request("cam-a", [sha], artifact=sha)
    street.chunks.request("cam-a", [sha], artifact="../../etc/passwd")
    street.chunks.flush()
    eventually(lambda: street.received["cam-a"] == [blob(sha, artifact)])
    time.sleep(0.2)  # nothing is on its way any more
    assert street.received["cam-b"] == []
    counts = street.chunks.counts()
    assert (counts["chunks"], counts["not_ordered"]) == (1, 2)
    rules = (street.folder / "broker" / "acl").read_text()
    assert rules.count("topic read lamplighter/v1/blob/") == 1


def test_a_request_for_what_was_not_ordered_publishes_nothing_and_is_told(street: Street) -> None:
    sha = sha256_hex(CHUNK)
    street.chunks.request("cam-b", [sha, "../../etc/passwd"])
    street.chunks.flush()
    counts = street.chunks.counts()
    assert (counts["chunks"], counts["not_ordered"]) == (0, 2)
    now = street.clock.monotonic()
    assert street.misconduct.recent("cam-b", now) == {"requests for chunks not ordered": 2}
    assert street.misconduct.recent("cam-a", now) == {}


def test_who_asks_on_and_on_gets_its_share(street: Street) -> None:
    sha = sha256_hex(CHUNK)
    for _ in range(ASKED_AT_ONCE):
        street.chunks.request("cam-a", [sha] * 4)
    assert street.chunks.counts()["beyond_share"] >= 3 * ASKED_AT_ONCE - 100
    street.chunks.flush()
    assert street.chunks.counts()["chunks"] == 1, "the same one in one go"
    assert "requests for chunks" in street.misconduct.recent("cam-a", street.clock.monotonic())


def test_who_listens_and_does_not_read_fills_no_broker(street: Street) -> None:
    """Without its share 120 MiB would wait for it at the broker."""
    shas = street.order("cam-a", [os.urandom(CHUNK_BYTES) for _ in range(32)])
    deaf = street.deaf_camera("cam-a", f"{ROOT}/blob/+")
    before = street.broker_bytes()
    for _ in range(60):
        street.chunks.request("cam-a", shas)
        street.chunks.flush()
    counts = street.chunks.counts()
    assert counts["chunks"] <= FETCHES * LEAST
    assert TOO_OFTEN in street.misconduct.recent("cam-a", street.clock.monotonic())
    time.sleep(0.5)  # as much as comes waits there by now
    assert street.broker_bytes() - before < 48 * 2**20
    street.order("cam-a", [b"of the next order"])
    street.chunks.request("cam-a", [sha256_hex(b"of the next order")])
    street.chunks.flush()
    assert street.chunks.counts()["chunks"] == counts["chunks"] + 1, "a new order is a new share"
    deaf.disconnect()


def test_reads_at_the_broker_end_with_the_order(street: Street) -> None:
    sha = sha256_hex(CHUNK)
    street.camera("cam-a", blob(sha))
    street.chunks.request("cam-a", [sha])
    street.chunks.flush()
    eventually(lambda: street.received["cam-a"])
    rules = street.folder / "broker" / "acl"
    assert f"topic read {blob(sha)}\n" in rules.read_text()
    del street.orders["cam-a"]
    street.chunks.request("cam-a", [sha])
    street.chunks.flush()
    assert street.chunks.counts()["chunks"] == 1
    assert "user cam-a" not in rules.read_text()
    street.controller.publish(blob(sha), b"for another", wait_s=60)
    time.sleep(0.2)  # nothing is on its way any more
    assert street.received["cam-a"] == [blob(sha)]
