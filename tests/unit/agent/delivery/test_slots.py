"""Variants put together from chunks."""

from pathlib import Path

import pytest
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.errors import EngineError
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.blobs import ArtifactFile, Piece, artifact_sha256, pack, sha256_hex
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import BlobError


def packed_variant() -> tuple[bytes, dict[str, bytes]]:
    tensors = [Piece("w", bytes(range(256)) * 32, "float32", (2048,))]
    files = [ArtifactFile("model.onnx", [Piece("skeleton", b"graph")])]
    files += [ArtifactFile("tensors.bin", tensors)]
    parts = pack(files)
    manifest = Manifest(id="v", parts=parts.parts, artifact_sha256=artifact_sha256(files))
    return encode(manifest), parts.chunks


def test_slots_hold_only_what_was_verified(tmp_path: Path) -> None:
    envelope, chunks = packed_variant()
    sha = sha256_hex(envelope)
    slots = Slots(tmp_path / "slots", lambda data: decode(data, Manifest))
    damaged = {name: b"x" + raw[1:] for name, raw in chunks.items()}
    with pytest.raises(BlobError):
        slots.assemble(sha, envelope, damaged.__getitem__)
    assert not slots.has(sha)
    assert slots.assemble(sha, envelope, chunks.__getitem__).id == "v"
    assert (slots.folder(sha) / "model.onnx").read_bytes() == b"graph"
    assert slots.held() == {sha}
    slots.keep([])
    with pytest.raises(EngineError, match="no variant"):
        slots.manifest(sha)
