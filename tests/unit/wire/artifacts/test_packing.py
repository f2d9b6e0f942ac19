"""Packed parts: fewer bytes on the wire, the same bytes on the device, and no harm by a forger."""

import struct
import tracemalloc
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_wire.artifacts import encodings
from lamplighter_wire.artifacts.encodings import BITS, LEVELS, PALETTE, RAW, Levels, expand
from lamplighter_wire.artifacts.manifest import Manifest, Part
from lamplighter_wire.artifacts.packing import smallest, wire_bytes
from lamplighter_wire.blobs import (
    ArtifactFile,
    Packed,
    Piece,
    artifact_sha256,
    assemble,
    pack,
    sha256_hex,
)
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import BlobError
from lamplighter_wire.messages import Message

SEED = 7


def _values(count: int, values: int, dtype: str) -> Piece:
    """Weights of which there are few values, those near zero the most often."""
    rng = np.random.default_rng(SEED)
    table = rng.normal(size=values) if "f" in dtype else np.arange(values) - values // 2
    picks = np.clip(rng.normal(values / 2, values / 8, count), 0, values - 1).astype(int)
    data = table.astype(dtype)[picks].tobytes()
    return Piece("w", data, np.dtype(dtype).name, (count,))


def _in_levels(rows: int, values: int) -> Piece:
    """8-bit weights whose rows have scales of their own, but share their real values."""
    rng = np.random.default_rng(SEED)
    shared = np.sort(rng.normal(size=values)).astype(np.float32)
    scales = rng.uniform(0.02, 0.05, rows).astype(np.float32)
    levels = Levels(shared, scales)
    picks = np.clip(rng.normal(values / 2, values / 8, (rows, 300)), 0, values - 1).astype(int)
    data = np.take_along_axis(levels.table(), picks, axis=1).tobytes()
    return Piece("w", data, "int8", (rows, 300), levels)


def _files(*pieces: Piece) -> list[ArtifactFile]:
    graph = ArtifactFile("model.onnx", [Piece("skeleton", b"graph")])
    return [graph, ArtifactFile("tensors.bin", pieces)]


@pytest.mark.parametrize(
    ("piece", "encoding", "share"),
    [
        (_values(20_000, 64, "<f4"), PALETTE, 0.6),
        (_values(20_000, 16, "<f4"), PALETTE, 0.56),
        (_values(20_000, 64, "<f2"), PALETTE, 0.6),
        (_in_levels(64, 32), LEVELS, 0.87),
    ],
)
def test_few_values_take_fewer_bytes_and_come_back(
    tmp_path: Path, piece: Piece, encoding: str, share: float
) -> None:
    form = smallest(piece)
    assert form.encoding == encoding
    assert wire_bytes(form.data) < share * wire_bytes(piece.data)
    assert b"".join(expand(form.encoding, form.data, len(piece.data))) == piece.data
    files = _files(piece)
    packed = pack(files, encode=smallest)
    # The name of the artifact is that of what the runtime opens, however it travelled.
    assert assemble(packed.parts, packed.chunks.__getitem__, tmp_path) == artifact_sha256(files)
    assert (tmp_path / "tensors.bin").read_bytes() == piece.data


def test_a_byte_of_few_values_is_packed_or_left_by_what_it_takes_compressed() -> None:
    spread = np.random.default_rng(SEED).integers(-8, 8, 40_000).astype(np.int8)
    piece = Piece("w", spread.tobytes(), "int8", (40_000,))
    form = smallest(piece)
    assert form.encoding in (BITS, PALETTE, RAW)
    assert wire_bytes(form.data) <= wire_bytes(piece.data)
    for encoding, data in ((BITS, encodings.pack_narrow(spread, 4)),):
        assert len(data) < 0.51 * len(piece.data)
        assert b"".join(expand(encoding, data, len(piece.data))) == piece.data


def test_what_has_many_values_travels_as_it_is() -> None:
    noise = np.random.default_rng(SEED).normal(size=20_000).astype("<f4")
    piece = Piece("w", noise.tobytes(), "float32", (20_000,))
    assert smallest(piece).encoding == RAW
    assert pack(_files(piece), encode=smallest) == pack(_files(piece))


def test_levels_that_do_not_yield_the_piece_are_not_used() -> None:
    piece = _in_levels(8, 32)
    other = Levels(piece.levels.values * 2, piece.levels.scales)  # type: ignore[union-attr]
    wrong = Piece(piece.name, piece.data, piece.dtype, piece.shape, other)
    assert smallest(wrong).encoding == RAW


@given(st.integers(1, 40), st.integers(1, 9), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_every_palette_comes_back(values: int, repeats: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    indices = rng.integers(0, values, 8 * repeats + 3).astype(np.uint8)
    table = rng.integers(0, 256, (values, 4)).astype(np.uint8)
    packed = encodings.pack_palette(indices, table[None], max(1, (values - 1).bit_length()))
    assert b"".join(expand(PALETTE, packed, 4 * len(indices))) == table[indices].tobytes()


def test_a_part_longer_than_a_block_comes_back_in_blocks() -> None:
    piece = _values(encodings.BLOCK + 12_345, 16, "<f4")
    form = smallest(piece)
    blocks = list(expand(form.encoding, form.data, len(piece.data)))
    assert len(blocks) == 2
    assert b"".join(blocks) == piece.data


HEAD = struct.Struct("<BBHH")
TABLE = bytes(4 * 4)  # 4 values of 4 bytes


@pytest.mark.parametrize(
    ("encoding", "packed", "size_bytes", "reason"),
    [
        ("zip", b"", 4, "update the agent"),
        (PALETTE, b"", 4, "cut short"),
        (PALETTE, HEAD.pack(2, 4, 4, 1), 4, "cut short"),
        (LEVELS, HEAD.pack(2, 1, 4, 1000) + TABLE, 1000, "cut short"),
        (BITS, HEAD.pack(2, 1, 4, 1), 4, "cut short"),
        (PALETTE, HEAD.pack(0, 4, 4, 1) + TABLE, 4, "0 bits"),
        (PALETTE, HEAD.pack(9, 4, 4, 1) + TABLE, 4, "9 bits"),
        (PALETTE, HEAD.pack(2, 0, 4, 1) + TABLE, 4, "of 0 bytes"),
        (PALETTE, HEAD.pack(2, 4, 0, 1) + TABLE, 4, "0 values"),
        (PALETTE, HEAD.pack(2, 4, 60_000, 1) + TABLE, 4, "60000 values"),
        (LEVELS, HEAD.pack(2, 1, 4, 0) + TABLE, 4, "0 rows"),
        (PALETTE, HEAD.pack(2, 4, 4, 1) + TABLE + b"\xe4", 2**30, "does not expand"),
        (PALETTE, HEAD.pack(2, 4, 4, 1) + TABLE + b"\xe4", 15, "does not expand"),
        (PALETTE, HEAD.pack(2, 4, 4, 1) + TABLE + b"\xe4\xe4", 16, "does not expand"),
        (PALETTE, HEAD.pack(2, 4, 3, 1) + TABLE[:12] + b"\xe4", 16, "beyond its 3"),
        (LEVELS, HEAD.pack(1, 1, 1, 1) + struct.pack("<ff", np.nan, 1) + b"\0", 8, "not finite"),
        (LEVELS, HEAD.pack(1, 1, 1, 1) + struct.pack("<ff", 1, 0) + b"\0", 8, "not finite"),
        (PALETTE, bytes(encodings.MAX_PACKED_BYTES + 1), 4, "at most"),
    ],
)
def test_what_does_not_add_up_is_refused(
    encoding: str, packed: bytes, size_bytes: int, reason: str
) -> None:
    with pytest.raises(BlobError, match=reason):
        list(expand(encoding, packed, size_bytes))


def _peak_bytes(encoding: str, packed: bytes, size_bytes: int) -> int:
    """What expanding takes beside the packed part, whether it succeeds or not."""
    tracemalloc.start()
    try:
        for _ in expand(encoding, packed, size_bytes):
            pass
    except BlobError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


def test_a_small_head_does_not_ask_for_much_memory() -> None:
    """Of 260 kB, a table of 16 million integers."""
    rows, values = encodings.MAX_ROWS, encodings.MAX_VALUES
    packed = HEAD.pack(8, 1, values, rows) + np.ones(values + rows, "<f4").tobytes()
    assert _peak_bytes(LEVELS, packed, rows) < 2**20
    with pytest.raises(BlobError, match="65535 rows of 256 levels"):
        list(expand(LEVELS, packed, rows))


def test_a_large_part_is_expanded_without_a_copy_of_it() -> None:
    table, count = np.arange(2, dtype=np.uint8).reshape(1, 2, 1), 8_000_000
    packed = encodings.pack_palette(np.zeros(count, np.uint8), table, 8)
    assert _peak_bytes(PALETTE, packed, count) < count / 2


def test_levels_that_no_device_takes_are_not_packed() -> None:
    values, rows = encodings.MAX_VALUES, encodings.MAX_LEVELS // encodings.MAX_VALUES + 1
    levels = Levels(np.linspace(-1, 1, values, dtype="f4"), np.full(rows, 0.01, "f4"))
    data = levels.table().tobytes()
    assert smallest(Piece("w", data, "int8", (rows, values), levels)).encoding == RAW


@given(st.sampled_from(encodings.ENCODINGS), st.binary(max_size=200), st.integers(0, 4096))
def test_garbage_gives_as_many_bytes_as_were_stated_or_none(
    encoding: str, packed: bytes, size_bytes: int
) -> None:
    try:
        expanded = b"".join(expand(encoding, packed, size_bytes))
    except BlobError:
        return
    assert len(expanded) == size_bytes


def _packed() -> tuple[Packed, Piece]:
    piece = _values(20_000, 64, "<f4")
    return pack(_files(piece), encode=smallest), piece


@pytest.mark.parametrize(
    "changes",
    [{"packed_bytes": 10**9}, {"packed_bytes": -1}, {"packed_bytes": 20}, {"encoding": "levels"}],
)
def test_a_packed_part_that_states_another_form_is_refused(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    packed, _ = _packed()
    parts = [msgspec.structs.replace(p, **changes) if p.encoding else p for p in packed.parts]
    with pytest.raises(BlobError):
        assemble(parts, packed.chunks.__getitem__, tmp_path)
    assert not (tmp_path / "tensors.bin").exists()


def test_a_part_larger_than_can_be_packed_travels_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamplighter_wire.artifacts.packing.MAX_PACKED_BYTES", 1000)
    packed, piece = _packed()
    assert not any(part.encoding for part in packed.parts)
    assert sum(map(len, packed.chunks.values())) == len(piece.data) + len(b"graph")


# What agents and controllers of before know of a part, and what they write.
class OldPart(Message, frozen=True, kw_only=True):
    file: str = ""
    name: str = ""
    dtype: str = ""
    shape: list[int] = []  # noqa: RUF012
    offset: int = 0
    size_bytes: int = 0
    chunks: list[str] = []  # noqa: RUF012


class OldManifest(Message, frozen=True, kw_only=True):
    variant: str = ""
    parts: list[OldPart] = []  # noqa: RUF012


def test_manifests_of_before_are_read_and_theirs_are_read_by_them(tmp_path: Path) -> None:
    piece = _values(20_000, 300, "<f4")
    packed = pack(_files(piece))
    old_parts = [
        OldPart(**{f: getattr(part, f) for f in OldPart.__struct_fields__}) for part in packed.parts
    ]
    old = OldManifest(variant="v", parts=old_parts)
    assert decode(encode(old), Manifest).parts == packed.parts
    assert decode(encode(Manifest(id="v", parts=packed.parts)), OldManifest) == old
    name = assemble(decode(encode(old), Manifest).parts, packed.chunks.__getitem__, tmp_path)
    assert name == artifact_sha256(_files(piece))


def test_an_agent_of_before_never_takes_packed_bytes_for_the_model(tmp_path: Path) -> None:
    packed, _ = _packed()
    old = decode(encode(Manifest(id="v", parts=packed.parts)), OldManifest)
    parts = [Part(**msgspec.structs.asdict(part)) for part in old.parts]
    with pytest.raises(BlobError, match="lacks"):
        assemble(parts, packed.chunks.__getitem__, tmp_path)


def test_equal_pieces_share_their_packed_chunks() -> None:
    piece = _values(20_000, 64, "<f4")
    files = [ArtifactFile(f"{n}.tflite", [Piece("graph", bytes([n])), piece]) for n in range(3)]
    packed = pack(files, encode=smallest)
    form = smallest(piece)
    assert {sha for part in packed.parts if part.encoding for sha in part.chunks} == {
        sha256_hex(form.data)
    }
