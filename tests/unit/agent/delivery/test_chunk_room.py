"""Room is looked for before anything is fetched."""

import shutil
from pathlib import Path

import pytest
from lamplighter_agent.delivery.chunk_room import RESERVE_BYTES, ChunkRoom
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.errors import DiskFullError
from lamplighter_wire.artifacts.manifest import ChunkRef, Manifest, Part
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.signing import KeySet, open_manifest

CHUNK = b"w" * 60_000
SHA = sha256_hex(CHUNK)
MANIFEST = Manifest(
    parts=[Part(chunks=[SHA], size_bytes=1_000_000)],
    chunks=[ChunkRef(sha256=SHA, size_bytes=len(CHUNK))],
)


def _room(store: ChunkStore, folder: Path) -> ChunkRoom:
    return ChunkRoom(store, Slots(folder, lambda data: open_manifest(data, KeySet({}))))


def _free(monkeypatch: pytest.MonkeyPatch, free_bytes: int) -> None:
    """A disk with so much left."""
    usage = shutil.disk_usage("/")._replace(free=free_bytes)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)


def test_what_the_store_may_not_hold_is_not_fetched(tmp_path: Path) -> None:
    small = ChunkStore(tmp_path / "chunks", cap_bytes=len(CHUNK) - 1)
    with pytest.raises(DiskFullError, match="the chunk store has 59999 bytes left"):
        _room(small, tmp_path / "slots").check(MANIFEST, ["m" * 64, SHA])


def test_files_take_room_beside_the_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ChunkStore(tmp_path / "chunks")
    room = _room(store, tmp_path / "slots")
    needed = len(CHUNK) + 1_000_000 + RESERVE_BYTES
    _free(monkeypatch, needed)
    room.check(MANIFEST, [SHA])
    _free(monkeypatch, needed - 1)
    with pytest.raises(DiskFullError, match="nothing was fetched"):
        room.check(MANIFEST, [SHA])


def test_what_is_held_needs_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ChunkStore(tmp_path / "chunks", cap_bytes=len(CHUNK))
    store.put(SHA, CHUNK)
    _free(monkeypatch, 0)
    _room(store, tmp_path / "slots").check(MANIFEST, [SHA])


def test_a_disk_that_does_not_say_what_is_free_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_path: Path) -> None:
        raise OSError(5, "I/O error")

    store = ChunkStore(tmp_path / "chunks")
    monkeypatch.setattr(shutil, "disk_usage", broken)
    _room(store, tmp_path / "slots").check(MANIFEST, [SHA])
