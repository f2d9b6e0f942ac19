"""Chunks are whole or absent, and never more than their share of the disk."""

import errno
import os
from pathlib import Path

import pytest
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.errors import AgentError, DiskFullError
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.errors import BlobError

RAW = b"a chunk"
SHA = sha256_hex(RAW)


def test_chunks_survive_a_restart(tmp_path: Path) -> None:
    ChunkStore(tmp_path).put(SHA, RAW)
    again = ChunkStore(tmp_path)
    assert again.has(SHA)
    assert again.read(SHA) == RAW
    assert again.used_bytes == len(RAW)


def test_missing_keeps_the_order_and_names_each_once(tmp_path: Path) -> None:
    store = ChunkStore(tmp_path)
    store.put(SHA, RAW)
    assert store.missing(["b", SHA, "a", "b"]) == ["b", "a"]


@pytest.mark.parametrize("sha", [sha256_hex(b"other"), "../../etc/passwd", ""])
def test_bytes_that_do_not_match_their_name_are_refused(tmp_path: Path, sha: str) -> None:
    with pytest.raises(BlobError):
        ChunkStore(tmp_path).put(sha, RAW)


def test_an_absent_chunk_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BlobError, match="not held"):
        ChunkStore(tmp_path).read(SHA)


@pytest.mark.parametrize("damage", [b"torn", None])
def test_a_chunk_damaged_on_disk_is_forgotten(tmp_path: Path, damage: bytes | None) -> None:
    store = ChunkStore(tmp_path)
    store.put(SHA, RAW)
    path = next(tmp_path.glob(f"*/{SHA}"))
    path.unlink() if damage is None else path.write_bytes(damage)
    with pytest.raises(BlobError):
        store.read(SHA)
    assert store.missing([SHA]) == [SHA]
    store.put(SHA, RAW)
    assert store.read(SHA) == RAW


def test_the_cap_holds(tmp_path: Path) -> None:
    store = ChunkStore(tmp_path, cap_bytes=10)
    store.put(SHA, RAW)
    with pytest.raises(DiskFullError, match="cap"):
        store.put(sha256_hex(b"more"), b"more")
    store.put(SHA, RAW)


def test_garbage_makes_room(tmp_path: Path) -> None:
    store = ChunkStore(tmp_path, cap_bytes=10)
    store.put(SHA, RAW)
    assert store.collect_garbage(keep=[]) == len(RAW)
    store.put(sha256_hex(b"more"), b"more")
    assert store.used_bytes == 4
    assert store.collect_garbage(keep=[sha256_hex(b"more")]) == 0


def test_a_disk_that_cannot_be_written_keeps_its_garbage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    store = ChunkStore(tmp_path)
    store.put(SHA, RAW)
    monkeypatch.setattr(Path, "unlink", fail)
    assert store.collect_garbage(keep=[]) == 0
    assert store.has(SHA)


def test_what_a_power_cut_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / SHA[:2] / f".{SHA}.1.tmp"
    left.parent.mkdir()
    left.write_bytes(b"a ch")
    store = ChunkStore(tmp_path)
    assert not left.exists()
    assert not store.has(SHA)


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, DiskFullError), (errno.EROFS, AgentError)]
)
def test_a_full_or_broken_disk_has_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[AgentError]
) -> None:
    def fail(fd: int) -> None:
        raise OSError(number, os.strerror(number))

    store = ChunkStore(tmp_path)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(kind):
        store.put(SHA, RAW)
    assert not store.has(SHA)
