"""The messages' wire form where it is not simply that of their fields."""

import msgspec
from lamplighter_wire.artifacts.manifest import Manifest, Variant
from lamplighter_wire.codec import decode, encode

OLD_MANIFEST = {
    "variant": "int8-full-1a2b3c",
    "model": "nanodet-full",
    "model_version": "1a2b3c4d5e6f",
    "recipe": "int8-full",
    "precision": "int8",
    "size_bytes": 1_900_000,
    "memory_bytes": 85_100_000,
    "mmac": {"384x288": 430.0, "384x288/depthwise": 21.0},
    "expected_ap50": {"384x288": {"day-dry-free": 0.8}},
    "parts": [{"name": "skeleton"}],
}


def test_a_manifest_is_flat_and_names_its_variant() -> None:
    work = {"mmac": {"384x288": 430.0}, "depthwise_mmac": {"384x288": 21.0}}
    document = msgspec.json.decode(msgspec.json.encode(Manifest(id="v", **work)))
    assert document["variant"] == "v"
    assert "id" not in document
    assert document["depthwise_mmac"] == {"384x288": 21.0}
    assert set(Variant.__struct_fields__) - {"id"} < set(document)


def test_a_manifest_signed_before_depthwise_work_had_a_field_is_read() -> None:
    manifest = decode(msgspec.json.encode(OLD_MANIFEST), Manifest)
    assert (manifest.id, manifest.memory_bytes) == ("int8-full-1a2b3c", 85_100_000)
    assert manifest.mmac["384x288"] == 430.0
    assert manifest.depthwise_mmac == {}
    assert decode(encode(manifest), Manifest) == manifest
