"""A gateway serves what it holds to whom the controller has ordered it, within bounds."""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.https_blobs import HttpsBlobs
from lamplighter_agent.delivery.https_fetcher import HttpsFetcher
from lamplighter_agent.delivery.neighbour_orders import NeighbourOrders
from lamplighter_agent.delivery.neighbour_server import (
    MOST_CONNECTIONS,
    NeighbourServer,
)
from lamplighter_agent.errors import FetchError, RefusedError, RoadError
from lamplighter_controller.pki.authority import Authority
from lamplighter_wire.artifacts.manifest import ChunkRef, Manifest, Part
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.codec import decode
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.https.device_credential import order_text
from lamplighter_wire.https.web_address import bind_address
from lamplighter_wire.messages import Desired, Envelope, OperatingPoint, Rung, Transfer
from lamplighter_wire.signing import KeySet, SigningKey, open_manifest, seal
from lamplighter_wire.transport.mqtt import TlsFiles

KEY = SigningKey.generate()
CHUNKS = [os.urandom(30_000) for _ in range(4)]
SHAS = [sha256_hex(raw) for raw in CHUNKS]
REFS = [ChunkRef(sha256=sha, size_bytes=len(raw)) for sha, raw in zip(SHAS, CHUNKS, strict=True)]
MANIFEST = seal(Manifest(id="v", parts=[Part(chunks=SHAS)], chunks=REFS), KEY)
MANIFEST_SHA = sha256_hex(MANIFEST)
OTHER = b"of another variant"


def _order(device: str, key: SigningKey = KEY, expires_at: float = 1e11) -> str:
    rung = Rung(point=OperatingPoint(variant="v", manifest=MANIFEST_SHA))
    desired = Desired(device=device, revision=1, expires_at=expires_at, primary=rung)
    return order_text(decode(seal(desired, key), Envelope))


@dataclass
class Street:
    folder: Path
    bytes_per_s: float = 1e9
    server: NeighbourServer = field(init=False)

    def __post_init__(self) -> None:
        self.authority = Authority(self.folder / "pki")
        self.held = ChunkStore(self.folder / "gateway")
        for raw in (MANIFEST, OTHER, *CHUNKS):
            self.held.put(sha256_hex(raw), raw)
        keys = KeySet.of(KEY)
        orders = NeighbourOrders(
            self.held,
            lambda: keys,
            lambda: self.authority.ca_path,
            lambda data: open_manifest(data, keys),
            SystemClock(),
        )
        self.server = NeighbourServer(("127.0.0.1", 0), orders.chunk, self.bytes_per_s)
        self.server.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def blobs(
        self, device: str = "cam-1", order: str = "", authority: Authority | None = None
    ) -> HttpsBlobs:
        folder = self.folder / f"{device}-{authority is None}"
        folder.mkdir(exist_ok=True)
        made = (authority or self.authority).passing_files(device, folder)
        files, shown = TlsFiles(made.ca, made.cert, made.key), order or _order(device)
        self.files = lambda: files
        return HttpsBlobs(self.url, self.files, lambda: shown)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.server.close()


def _fetch(street: Street, store: ChunkStore) -> Transfer:
    street.blobs()  # the certificate is made

    def connect() -> HttpsBlobs:
        return HttpsBlobs(street.url, street.files, lambda: _order("cam-1"))

    fetcher = HttpsFetcher(store, connect, SystemClock(), 2, leaves=True)
    shas = [MANIFEST_SHA, *SHAS]
    return fetcher.fetch(shas, 1, lambda _t: None, lambda: False, 30.0)


def test_what_was_ordered_and_is_held_comes(street: Street, tmp_path: Path) -> None:
    store = ChunkStore(tmp_path / "camera")
    assert _fetch(street, store).chunks_received == 5
    assert store.missing([MANIFEST_SHA, *SHAS]) == []
    assert street.server.served_bytes > sum(map(len, CHUNKS))


def test_it_goes_on_in_the_middle_of_a_blob(street: Street) -> None:
    blobs, whole = street.blobs(), bytearray()
    blobs.read(SHAS[0], whole)
    begun = whole[:1000]
    blobs.read(SHAS[0], begun)
    assert begun == whole


def test_what_it_lacks_is_left_to_another_road(street: Street, tmp_path: Path) -> None:
    street.held.collect_garbage({MANIFEST_SHA, *SHAS[1:]})
    store = ChunkStore(tmp_path / "camera")
    with pytest.raises(FetchError, match="1 blobs are not there"):
        _fetch(street, store)
    assert store.missing([MANIFEST_SHA, *SHAS]) == [SHAS[0]]


@pytest.mark.parametrize(
    "order",
    [
        _order("cam-2"),
        _order("cam-1", key=SigningKey.generate()),
        _order("cam-1", expires_at=1.0),
        "no order",
        order_text(Envelope()),
    ],
    ids=["another's", "forged", "expired", "none", "empty"],
)
def test_without_an_order_of_its_own_nobody_has_anything(street: Street, order: str) -> None:
    with pytest.raises(RefusedError, match="401"):
        street.blobs(order=order).read(SHAS[0], bytearray())
    assert street.server.served_bytes == 0


def test_devices_of_another_authority_have_nothing(street: Street, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="401"):
        street.blobs(authority=Authority(tmp_path / "impostor")).read(SHAS[0], bytearray())


def test_an_order_opens_what_it_names_only(street: Street) -> None:
    with pytest.raises(RefusedError, match="404"):
        street.blobs().read(sha256_hex(OTHER), bytearray())


def test_more_connections_than_there_is_room_for_are_ended(street: Street) -> None:
    idle = [
        socket.create_connection(("127.0.0.1", street.server.port)) for _ in range(MOST_CONNECTIONS)
    ]
    time.sleep(0.2)  # until they are accepted
    with pytest.raises(RoadError):
        street.blobs().read(SHAS[0], bytearray())
    for connection in idle:
        connection.close()


def test_neighbours_together_get_no_more_than_they_may(tmp_path: Path) -> None:
    street = Street(tmp_path, bytes_per_s=100_000.0)
    blobs, began_at = street.blobs(), time.monotonic()
    for sha in SHAS:
        blobs.read(sha, bytearray())
    street.server.close()
    assert time.monotonic() - began_at > 0.8  # 90 kB before the last began


@pytest.mark.parametrize("text", ["8890", "host", "host:x", "host:99999"])
def test_addresses_are_checked(text: str) -> None:
    with pytest.raises(SettingsError, match="HOST:PORT"):
        bind_address(text, "serve_neighbours")


def test_a_port_that_is_taken_is_named(street: Street) -> None:
    with pytest.raises(SettingsError, match="cannot listen"):
        NeighbourServer(("127.0.0.1", street.server.port), lambda *_: b"", 1.0)
