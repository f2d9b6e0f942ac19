"""Chunks of a variant come from another variant and a delta; whatever does not fit yields none."""

from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
import pytest
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.packing import smallest
from lamplighter_wire.artifacts.variant_delta import Delta, make_variant_delta, restored_chunks
from lamplighter_wire.blobs import ArtifactFile, Encode, Packed, Piece, pack, sha256_hex, unpacked
from lamplighter_wire.errors import BlobError

ROWS, COLUMNS = 64, 2500
FLOATS = np.random.default_rng(3).normal(size=(ROWS, COLUMNS)).astype("<f4")
GRAPH = np.random.default_rng(4).bytes(90_000)
NAME = "net.conv.weight"


def _rounded(floats: np.ndarray) -> np.ndarray:
    scales = np.abs(floats).max(axis=1, keepdims=True) / 127
    whole: np.ndarray = np.rint(floats / scales).astype(np.int8)
    return whole


@dataclass(frozen=True)
class Variant:
    """A graph, a large tensor and two small ones."""

    graph: bytes
    tensor: np.ndarray
    name: str = NAME
    encode: Encode = unpacked

    @cached_property
    def packed(self) -> Packed:
        tensor = Piece(self.name, self.tensor.tobytes(), self.tensor.dtype.name, self.tensor.shape)
        small = [Piece(f"bias{n}", bytes([n]) * 100, "uint8", (100,)) for n in range(2)]
        files = [
            ArtifactFile("model.onnx", [Piece("skeleton", self.graph)]),
            ArtifactFile("tensors.bin", [tensor, *small]),
        ]
        return pack(files, encode=self.encode)

    @property
    def manifest(self) -> Manifest:
        return Manifest(parts=self.packed.parts, chunks=self.packed.refs())


BASE = Variant(GRAPH, FLOATS)
NUDGED = Variant(GRAPH, FLOATS + (np.arange(COLUMNS) % 20 == 0).astype("<f4"))
ROUNDED = Variant(b"q" + GRAPH, _rounded(FLOATS), NAME + "_quantized")


def _delta(base: Variant, target: Variant) -> tuple[Delta, dict[str, bytes]]:
    """The document, and all chunks there are."""
    chunks = base.packed.chunks | target.packed.chunks
    made = make_variant_delta(("b", "t"), base.manifest, target.manifest, chunks.__getitem__)
    assert made is not None
    return made[0], made[1].chunks


def _restored(base: Variant, target: Variant) -> tuple[set[str], int]:
    """Names of what comes back, and what was fetched for it."""
    delta, fetched = _delta(base, target)
    held = base.packed.chunks | fetched
    lacking = set(target.packed.chunks) - set(base.packed.chunks)
    made = restored_chunks(delta, base.manifest, target.manifest, lacking, held.__getitem__)
    return {sha256_hex(raw) for raw in made}, sum(map(len, fetched.values()))


@pytest.mark.parametrize("target", [NUDGED, ROUNDED], ids=["nudged", "rounded"])
def test_large_parts_come_back_for_a_part_of_their_bytes(target: Variant) -> None:
    names, fetched_bytes = _restored(BASE, target)
    lacking = set(target.packed.chunks) - set(BASE.packed.chunks)
    assert names == lacking
    assert fetched_bytes < 0.1 * sum(len(target.packed.chunks[sha]) for sha in lacking)


def test_packed_parts_may_be_what_a_delta_begins_with_and_yields() -> None:
    few = np.random.default_rng(6).choice(np.array([-90, -7, 0, 20, 100], np.int8), (ROWS, COLUMNS))
    changed = few.copy()
    changed[::7, ::50] = few[0, 0]
    before, after = (Variant(GRAPH, tensor, encode=smallest) for tensor in (few, changed))
    assert after.packed.parts[1].encoding
    names, _ = _restored(before, after)
    assert names == set(after.packed.chunks) - set(before.packed.chunks)


def test_strangers_have_none() -> None:
    random = np.random.default_rng(5)
    mine, theirs = (
        Variant(random.bytes(90_000), random.integers(-128, 128, (ROWS, COLUMNS), np.int8))
        for _ in range(2)
    )
    read = (mine.packed.chunks | theirs.packed.chunks).__getitem__
    assert make_variant_delta(("b", "t"), mine.manifest, theirs.manifest, read) is None


def test_only_what_is_lacking_is_made_and_fetched() -> None:
    all_nudged = Variant(b"q" + GRAPH, FLOATS * np.float32(1.001))
    delta, fetched = _delta(BASE, all_nudged)
    held = BASE.packed.chunks | fetched
    target = all_nudged.manifest
    graph = set(target.parts[0].chunks)
    made = restored_chunks(delta, BASE.manifest, target, graph, held.__getitem__)
    assert {sha256_hex(raw) for raw in made} == graph
    assert delta.chunks({0}) != delta.chunks()
    assert set(delta.chunks({0})) | set(delta.chunks({1})) == set(delta.chunks())


@pytest.mark.parametrize(
    "change",
    [{"part": 99}, {"base": -1}, {"base": 0}, {"encoding": "palette"}, {"chunks": []}],
    ids=str,
)
def test_a_delta_that_does_not_add_up_is_refused(change: dict[str, object]) -> None:
    delta, fetched = _delta(BASE, NUDGED)
    [part] = delta.parts
    wrong = msgspec.structs.replace(delta, parts=[msgspec.structs.replace(part, **change)])
    held = BASE.packed.chunks | fetched
    lacking = set(NUDGED.packed.chunks) - set(BASE.packed.chunks)
    with pytest.raises(BlobError):
        list(restored_chunks(wrong, BASE.manifest, NUDGED.manifest, lacking, held.__getitem__))


def test_a_delta_that_yields_less_than_its_part_is_refused() -> None:
    delta, fetched = _delta(BASE, NUDGED)
    target = NUDGED.manifest
    longer = [msgspec.structs.replace(ref, size_bytes=120_000) for ref in target.chunks]
    stretched = msgspec.structs.replace(target, chunks=longer)
    held = BASE.packed.chunks | fetched
    lacking = set(NUDGED.packed.chunks)
    with pytest.raises(BlobError, match="less than"):
        list(restored_chunks(delta, BASE.manifest, stretched, lacking, held.__getitem__))
