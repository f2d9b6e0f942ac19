"""Blobs over HTTP from a real application: to whom they were ordered, over links that break."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.https_blobs import HttpsBlobs
from lamplighter_agent.delivery.https_fetcher import HttpsFetcher
from lamplighter_agent.errors import FetchError, RefusedError, RoadError
from lamplighter_controller.api.app import create_app
from lamplighter_controller.errors import TooOftenError
from lamplighter_controller.pki.authority import Authority, certificate_serial
from lamplighter_controller.store.records import CertificateRecord
from lamplighter_wire.artifacts.manifest import ChunkRef, Manifest, Part
from lamplighter_wire.blobs import compress, decompress, sha256_hex
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.https.device_credential import BLOB_PATH, make_credential
from lamplighter_wire.messages import Transfer
from lamplighter_wire.signing import seal
from lamplighter_wire.transport.mqtt import TlsFiles

from tests.simulators.controller_rig import Rig
from tests.simulators.cutting_link import CuttingLink
from tests.simulators.served_app import api_of, served

CHUNKS = [os.urandom(40_000) for _ in range(6)]
OTHERS = os.urandom(5_000)


@dataclass
class Street:
    """A controller with one camera that was ordered six chunks, and another that was not."""

    folder: Path
    rig: Rig
    url: str
    manifest: str

    def files(self, name: str, authority: Authority | None = None) -> TlsFiles:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        made = (authority or Authority(self.folder / "pki")).passing_files(name, folder)
        return TlsFiles(made.ca, made.cert, made.key)

    def blobs(self, name: str, url: str = "") -> HttpsBlobs:
        return self.connector(name, url)()

    def connector(self, name: str, url: str = "") -> Callable[[], HttpsBlobs]:
        files = self.files(name)
        return lambda: HttpsBlobs(url or self.url, lambda: files)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    rig = Rig(tmp_path, [])
    shas = [rig.chunks.put_chunk(raw) for raw in CHUNKS]
    rig.chunks.put_chunk(OTHERS)
    refs = [
        ChunkRef(sha256=sha, size_bytes=len(raw)) for sha, raw in zip(shas, CHUNKS, strict=True)
    ]
    envelope = seal(Manifest(parts=[Part(chunks=shas)], chunks=refs), rig.signing_key)
    rig.permitted = {"cam-1": frozenset([*shas, rig.chunks.put_chunk(envelope)])}
    rig.device("cam-1")
    rig.device("cam-2")
    app = create_app(rig.services, recipes=dict, counters=dict)
    with served(app) as url:
        yield Street(tmp_path, rig, url, sha256_hex(envelope))
    rig.close()


def _fetch(street: Street, store: ChunkStore, url: str = "", name: str = "cam-1") -> Transfer:
    told: list[Transfer] = []
    fetcher = HttpsFetcher(store, street.connector(name, url), SystemClock())
    shas = [sha256_hex(raw) for raw in CHUNKS]
    spent = fetcher.fetch([street.manifest, *shas], 1, told.append, lambda: False, 30.0)
    assert told[-1] == spent
    return spent


def test_what_was_ordered_comes(street: Street, tmp_path: Path) -> None:
    store = ChunkStore(tmp_path / "chunks")
    spent = _fetch(street, store)
    assert (spent.chunks_received, spent.chunks_missing, spent.duplicates) == (7, 0, 0)
    assert [store.read(sha256_hex(raw)) for raw in CHUNKS] == CHUNKS
    assert _fetch(street, store).bytes_received == 0


def test_connections_that_break_go_on_in_the_middle_of_a_blob(
    street: Street, tmp_path: Path
) -> None:
    link = CuttingLink(urlsplit(street.url).port or 0, [20_000] * 8)
    store = ChunkStore(tmp_path / "chunks")
    spent = _fetch(street, store, f"http://127.0.0.1:{link.port}")
    link.close()
    assert link.connections > 8
    assert spent.chunks_received == 7
    whole_bytes = sum(len(compress(raw)) for raw in CHUNKS)
    assert spent.bytes_received < 1.1 * whole_bytes, "what came before a cut came again"


@pytest.mark.parametrize("name", ["cam-2", "stranger"])
def test_nobody_else_has_them(street: Street, tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedError, match=r"40[14]"):
        street.blobs(name).read(sha256_hex(CHUNKS[0]), bytearray())
    with pytest.raises(FetchError, match=r"40[14]"):
        _fetch(street, ChunkStore(tmp_path / "chunks"), name=name)


def test_a_device_has_nothing_beside_its_orders(street: Street) -> None:
    with pytest.raises(RefusedError, match="404"):
        street.blobs("cam-1").read(sha256_hex(OTHERS), bytearray())


def test_retired_devices_and_those_of_another_authority_are_kept_out(street: Street) -> None:
    files = street.files("cam-1", Authority(street.folder / "impostor"))
    with pytest.raises(RefusedError, match="401"):
        HttpsBlobs(street.url, lambda: files).read(street.manifest, bytearray())
    street.rig.services.roster.remove("cam-1")
    with pytest.raises(RefusedError, match="401"):
        street.blobs("cam-1").read(street.manifest, bytearray())


def test_a_revoked_certificate_is_over(street: Street) -> None:
    files = street.files("cam-1")
    serial = format(certificate_serial(files.cert.read_text()), "x")
    street.rig.store.add_certificate(
        CertificateRecord(serial=serial, device="cam-1", issued_at=0.0)
    )
    street.rig.store.update_device("cam-1", retired_at=1.0)
    with pytest.raises(RefusedError, match="401"):
        HttpsBlobs(street.url, lambda: files).read(street.manifest, bytearray())


def test_a_credential_is_for_one_blob(street: Street) -> None:
    files, wanted = street.files("cam-1"), sha256_hex(CHUNKS[1])
    made = make_credential(files.cert.read_bytes(), files.key.read_bytes(), sha256_hex(CHUNKS[0]))
    http = api_of(create_app(street.rig.services, recipes=dict, counters=dict), "")
    path = BLOB_PATH.removeprefix("/api/v1") + wanted
    for header in (made, "", "Bearer x", "Lamplighter-Device e30.e30", made[:-9], made + "A"):
        assert http.get(path, headers={"Authorization": header}).status_code == 401, header


def test_ranges_and_their_ends(street: Street) -> None:
    files, wanted = street.files("cam-1"), sha256_hex(CHUNKS[0])
    made = make_credential(files.cert.read_bytes(), files.key.read_bytes(), wanted)
    http = api_of(create_app(street.rig.services, recipes=dict, counters=dict), "")
    path = BLOB_PATH.removeprefix("/api/v1") + wanted
    whole = http.get(path, headers={"Authorization": made})
    assert (whole.status_code, decompress(whole.content)) == (200, CHUNKS[0])
    ranges = {"bytes=100-": whole.content[100:], "bytes=0-9": whole.content[:10]}
    for text, content in ranges.items():
        part = http.get(path, headers={"Authorization": made, "Range": text})
        assert (part.status_code, part.content) == (206, content)
        assert part.headers["content-range"].endswith(f"/{len(whole.content)}")
    beyond = {"Authorization": made, "Range": "bytes=900000-"}
    assert http.get(path, headers=beyond).status_code == 416


def test_who_asks_on_and_on_is_told_to_wait(street: Street) -> None:
    files, counts = street.files("cam-1"), 0
    made = make_credential(files.cert.read_bytes(), files.key.read_bytes(), street.manifest)
    with pytest.raises(TooOftenError):
        for counts in range(2_000):  # noqa: B007
            street.rig.services.blobs.blob(made, street.manifest)
    assert counts >= 7 * 8
    with pytest.raises(RoadError, match="429"):
        HttpsBlobs(street.url, lambda: files).read(street.manifest, bytearray())


def test_bytes_that_are_wrong_are_refused(street: Street, tmp_path: Path) -> None:
    sha = sha256_hex(CHUNKS[2])
    street.rig.chunks[sha] = b"other weights"
    store = ChunkStore(tmp_path / "chunks")
    with pytest.raises(FetchError, match="does not match its hash"):
        _fetch(street, store)
    assert not store.has(sha)


def test_a_lost_blob_ends_it(street: Street, tmp_path: Path) -> None:
    del street.rig.chunks[sha256_hex(CHUNKS[0])]
    with pytest.raises(FetchError, match="404"):
        _fetch(street, ChunkStore(tmp_path / "chunks"))


def test_a_controller_that_is_away_ends_the_attempts(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it may take: there are only so many."""
    from lamplighter_agent.delivery import https_fetcher

    monkeypatch.setattr(https_fetcher, "FIRST_PAUSE_S", 0.001)
    link = CuttingLink(1, [])
    link.close()
    with pytest.raises(FetchError, match="10 attempts without a byte"):
        _fetch(street, ChunkStore(tmp_path / "chunks"), f"http://127.0.0.1:{link.port}")
