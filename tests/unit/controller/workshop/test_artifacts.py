"""Blobs by hash, and builds that count only while they are whole."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.workshop.artifacts import ArtifactStore, BuiltShelf, BuiltVariant
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_wire.artifacts.manifest import ChunkRef


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


@pytest.fixture
def built(store: ArtifactStore) -> BuiltVariant:
    return BuiltVariant(
        card=VariantCard(id="int8"),
        manifest=store.put_manifest(b"signed"),
        chunks=[ChunkRef(sha256=store.put_chunk(b"tensor"), size_bytes=6)],
        key="inputs",
    )


def test_a_build_is_found_by_its_inputs_again(
    store: ArtifactStore, built: BuiltVariant, tmp_path: Path
) -> None:
    shelf = BuiltShelf(tmp_path / "built", store)
    assert shelf.get("int8", "inputs") is None
    shelf.put(built)
    assert shelf.get("int8", "inputs") == built
    assert shelf.get("int8", "other inputs") is None
    shelf.put(msgspec.structs.replace(built, key="other inputs"))
    assert shelf.get("int8", "inputs") is None


def test_one_with_a_blob_that_was_found_missing_counts_no_longer(
    store: ArtifactStore, built: BuiltVariant, tmp_path: Path
) -> None:
    shelf = BuiltShelf(tmp_path / "built", store)
    shelf.put(built)
    assert shelf.get("int8", "inputs") == built
    store.path(built.chunks[0].sha256).write_bytes(b"damage")
    assert store.read_chunk(built.chunks[0].sha256) is None
    assert shelf.get("int8", "inputs") is None


def test_many_at_once_are_kept_like_one(store: ArtifactStore) -> None:
    chunks = [bytes([number]) * 1000 for number in range(100)]
    names = store.put_chunks([*chunks, *chunks])
    assert len(names) == 100
    assert {store.read_chunk(name) for name in names} == set(chunks)
