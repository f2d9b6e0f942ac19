"""What a device holds is what patches begin with."""

from lamplighter_controller.services.deployments.manifest_patches import ManifestPatches
from lamplighter_wire.artifacts.manifest import Manifest, Part
from lamplighter_wire.artifacts.manifest_patch import apply_patch
from lamplighter_wire.blobs import compress, sha256_hex
from lamplighter_wire.messages import Desired, OperatingPoint, Rung
from lamplighter_wire.signing import SigningKey, seal

from tests.simulators.chunk_shelf import ChunkShelf

KEY = SigningKey.generate()


def _envelope(variant: str, first: int) -> bytes:
    parts = [Part(name=f"t{n}", chunks=[sha256_hex(bytes([n]))]) for n in range(first, first + 20)]
    return seal(Manifest(id=variant, parts=parts), KEY)


DAY, NIGHT, OTHER = _envelope("day", 0), _envelope("night", 1), _envelope("other", 100)


def _desired(primary: bytes, *ladder: bytes) -> Desired:
    rungs = [
        Rung(point=OperatingPoint(manifest=sha256_hex(envelope))) for envelope in (primary, *ladder)
    ]
    return Desired(primary=rungs[0], ladder=rungs)


def _patches(*envelopes: bytes) -> tuple[ManifestPatches, ChunkShelf]:
    shelf = ChunkShelf()
    for envelope in envelopes:
        shelf.put_chunk(envelope)
    return ManifestPatches(shelf), shelf


def test_a_new_manifest_has_a_patch_from_what_is_nearest() -> None:
    patches, shelf = _patches(DAY, NIGHT, OTHER)
    patch, alone = patches.attach(_desired(NIGHT), _desired(OTHER, DAY)).patches
    assert (alone.target, alone.base) == (patch.target, "")
    assert patch.size_bytes < alone.size_bytes
    assert (patch.target, patch.base) == (sha256_hex(NIGHT), sha256_hex(DAY))
    assert apply_patch(DAY, shelf[patch.chunk], patch.target) == NIGHT
    assert patch.size_bytes == len(shelf[patch.chunk])


def test_what_the_device_holds_needs_none() -> None:
    patches, shelf = _patches(DAY, NIGHT)
    before = len(shelf)
    assert patches.attach(_desired(DAY, NIGHT), _desired(NIGHT, DAY)).patches == []
    assert len(shelf) == before


def test_a_first_order_and_a_lost_base_have_one_that_needs_nothing() -> None:
    patches, shelf = _patches(NIGHT)
    for before in (None, _desired(DAY)):
        [patch] = patches.attach(_desired(NIGHT), before).patches
        assert patch.base == ""
        assert apply_patch(None, shelf[patch.chunk], patch.target) == NIGHT
        assert patch.size_bytes < len(compress(NIGHT))


def test_a_lost_manifest_has_none() -> None:
    assert _patches(DAY)[0].attach(_desired(NIGHT), _desired(DAY)).patches == []
