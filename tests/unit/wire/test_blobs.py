"""The chunk map: everything comes back, and what did not change is never sent."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_wire.artifacts.manifest import Part
from lamplighter_wire.blobs import (
    MIN_CHUNK_BYTES,
    SMALL_PIECE_BYTES,
    ArtifactFile,
    Packed,
    Piece,
    artifact_sha256,
    assemble,
    compress,
    decompress,
    pack,
    sha256_hex,
)
from lamplighter_wire.errors import BlobError
from lamplighter_wire.files import write_atomically

_sizes = st.lists(
    st.one_of(st.integers(0, 64), st.integers(4000, 4200), st.integers(8000, 20_000)), max_size=12
)


def _tensors(sizes: list[int], seed: int = 0) -> list[Piece]:
    """Tensors whose bytes differ from one another."""
    return [
        Piece(f"t{i}", bytes((j * 7 + i + seed + j // 251) % 256 for j in range(n)))
        for i, n in enumerate(sizes)
    ]


def _artifact(graph: bytes, tensors: list[Piece]) -> list[ArtifactFile]:
    """A graph, and its tensors in a file of their own."""
    return [
        ArtifactFile("model.onnx", [Piece("skeleton", graph)]),
        ArtifactFile("tensors.bin", tensors),
    ]


@given(st.binary(max_size=9000), _sizes, st.sampled_from([MIN_CHUNK_BYTES, 5000, 65536]))
@settings(max_examples=60, deadline=None)
def test_an_artifact_comes_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, graph: bytes, sizes: list[int], chunk_bytes: int
) -> None:
    files, folder = _artifact(graph, _tensors(sizes)), tmp_path_factory.mktemp("a")
    packed = pack(files, chunk_bytes)
    name = assemble(packed.parts, packed.chunks.__getitem__, folder)
    for file in files:
        if file.pieces:
            content = b"".join(piece.data for piece in file.pieces)
            assert (folder / file.name).read_bytes() == content
    assert name == artifact_sha256(files)
    assert all(sha256_hex(raw) == sha for sha, raw in packed.chunks.items())
    assert all(0 < len(raw) <= chunk_bytes for raw in packed.chunks.values())


@given(st.binary(max_size=9000), _sizes)
@settings(max_examples=30, deadline=None)
def test_manifests_that_name_no_file_are_read_as_before(
    tmp_path_factory: pytest.TempPathFactory, graph: bytes, sizes: list[int]
) -> None:
    tensors, folder = _tensors(sizes), tmp_path_factory.mktemp("a")
    packed = pack(_artifact(graph, tensors))
    unnamed = [msgspec.structs.replace(part, file="") for part in packed.parts]
    name = assemble(unnamed, packed.chunks.__getitem__, folder)
    content = b"".join(tensor.data for tensor in tensors)
    assert (folder / "model.onnx").read_bytes() == graph
    assert (folder / "tensors.bin").read_bytes() == content
    # The name that an agent of before computes, and the order that it demands.
    assert name == sha256_hex(len(graph).to_bytes(8, "big") + graph + content)
    assert [part.name == "skeleton" for part in unnamed] == [True] + [False] * len(sizes)


def test_files_that_share_a_piece_share_its_chunks() -> None:
    weights = _tensors([100_000])
    files = [ArtifactFile(f"{n}.tflite", [Piece("graph", bytes([n])), *weights]) for n in range(3)]
    alone, together = pack(files[:1]), pack(files)
    assert len(together.chunks) == len(alone.chunks)
    assert artifact_sha256(files) != artifact_sha256(files[:2])


@given(_sizes, st.integers(0, 11))
@settings(max_examples=60, deadline=None)
def test_a_changed_large_piece_changes_only_its_own_chunks(sizes: list[int], which: int) -> None:
    sizes = [*sizes, 9000]
    which %= len(sizes)
    before, after = _tensors(sizes), _tensors(sizes)
    after[which] = _tensors(sizes, seed=101)[which]
    old, new = pack(_artifact(b"graph", before), 5000), pack(_artifact(b"graph", after), 5000)
    fresh = set(new.chunks) - set(old.chunks)
    assert fresh <= set(_part(new, f"t{which}").chunks)


@given(_sizes)
@settings(max_examples=60, deadline=None)
def test_no_chunk_holds_two_large_pieces(sizes: list[int]) -> None:
    packed = pack(_artifact(b"graph", _tensors(sizes)), 5000)
    large = [p for p in packed.parts if p.size_bytes >= SMALL_PIECE_BYTES]
    assert all(p.offset == 0 for p in large)
    for part in large:
        assert sum(len(packed.chunks[sha]) for sha in part.chunks) == part.size_bytes


def _part(packed: Packed, name: str) -> Part:
    return next(p for p in packed.parts if p.name == name)


def test_small_pieces_share_one_chunk_even_between_large_ones() -> None:
    packed = pack(_artifact(b"g" * 5000, _tensors([100, 9000, 100, 9000, 100])))
    homes = {sha for name in ("t0", "t2", "t4") for sha in _part(packed, name).chunks}
    assert len(homes) == 1
    assert [_part(packed, n).offset for n in ("t0", "t2", "t4")] == [0, 100, 200]


def test_a_damaged_chunk_leaves_no_file(tmp_path: Path) -> None:
    packed = pack(_artifact(b"g" * 10, _tensors([9000])))
    with pytest.raises(BlobError, match="damaged"):
        assemble(packed.parts, lambda _: b"bad", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [Part(name="skeleton", size_bytes=5, chunks=[sha256_hex(b"abc")])],
        [Part(name="skeleton", size_bytes=-1)],
        [Part(name="skeleton", size_bytes=2, offset=-1, chunks=[sha256_hex(b"abc")])],
        [Part(name="skeleton", size_bytes=2**40)],
        [Part(file="../model.onnx")],
        [Part(file="a/b")],
        [Part(file="a"), Part(file="b"), Part(file="a")],
        [Part(file="a"), Part(name="t0")],
    ],
)
def test_a_map_that_does_not_add_up_is_refused(tmp_path: Path, parts: list[Part]) -> None:
    with pytest.raises(BlobError):
        assemble(parts, lambda _: b"abc", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_chunk_sizes_outside_the_negotiable_range_are_refused() -> None:
    with pytest.raises(BlobError):
        pack([], MIN_CHUNK_BYTES - 1)


@given(st.binary(max_size=5000))
def test_compression_round_trip(raw: bytes) -> None:
    assert decompress(compress(raw)) == raw


@given(st.binary(max_size=200))
def test_garbage_is_never_decompressed(data: bytes) -> None:
    try:
        decompress(data, 1000)
    except BlobError:
        return
    assert data.startswith(b"\x28\xb5\x2f\xfd")


def test_a_zstd_bomb_is_refused_before_it_unfolds() -> None:
    with pytest.raises(BlobError, match="at most"):
        decompress(compress(bytes(10_000_000)), 65536)


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_atomically(path, [b"old"])
    with pytest.raises(ZeroDivisionError):
        write_atomically(path, (bytes(1 // n) for n in (1, 0)))
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
