"""A manifest from another: few bytes, exactly what was signed, and nothing a forger could use."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.artifacts.manifest import ChunkRef, GoldenFrame, Manifest, Part
from lamplighter_wire.artifacts.manifest_patch import apply_patch, make_patch
from lamplighter_wire.blobs import compress, sha256_hex
from lamplighter_wire.codec import encode
from lamplighter_wire.errors import BlobError, CodecError
from lamplighter_wire.messages import Envelope
from lamplighter_wire.signing import KeySet, SigningKey, open_manifest, seal

KEY = SigningKey.generate()


def _manifest(calibration: str, changed: int = 1) -> Manifest:
    """Sixty chunks, of which a recalibration changes one, and answers to golden frames."""
    names = [sha256_hex(bytes([n])) for n in range(60)]
    names[:changed] = [sha256_hex(calibration.encode() + bytes([n])) for n in range(changed)]
    random = np.random.default_rng(sum(calibration.encode()))
    boxes = [[round(float(x), 4) for x in row] for row in random.uniform(0, 300, (6, 6))]
    return Manifest(
        id=f"int8-{calibration}",
        parts=[Part(file="tensors.bin", name=f"t{n}", chunks=[sha]) for n, sha in enumerate(names)],
        chunks=[ChunkRef(sha256=sha, size_bytes=60_000) for sha in names],
        golden=[GoldenFrame(image=names[-1], width=384, height=288, boxes=boxes)],
    )


BASE, TARGET = (seal(_manifest(calibration), KEY) for calibration in ("day", "night"))


def test_a_patch_yields_the_very_envelope_that_was_signed() -> None:
    patch = make_patch(BASE, TARGET)
    envelope = apply_patch(BASE, patch, sha256_hex(TARGET))
    assert envelope == TARGET
    assert open_manifest(envelope, KeySet.of(KEY)) == _manifest("night")


def test_a_patch_takes_a_fraction_of_the_whole() -> None:
    assert len(compress(make_patch(BASE, TARGET))) < 0.15 * len(compress(TARGET))


def test_a_manifest_from_nothing_takes_less_than_its_envelope() -> None:
    patch = make_patch(None, TARGET)
    assert apply_patch(None, patch, sha256_hex(TARGET)) == TARGET
    assert len(patch) < 0.6 * len(compress(TARGET))


def test_a_patch_for_another_base_or_name_is_refused() -> None:
    patch, other = make_patch(BASE, TARGET), seal(_manifest("rain", changed=9), KEY)
    with pytest.raises(BlobError):
        apply_patch(other, patch, sha256_hex(TARGET))
    with pytest.raises(BlobError, match="does not yield"):
        apply_patch(BASE, patch, sha256_hex(BASE))
    with pytest.raises(CodecError):
        apply_patch(b"no envelope", patch, sha256_hex(TARGET))


@given(st.binary(max_size=300))
def test_garbage_is_no_patch(data: bytes) -> None:
    with pytest.raises(BlobError):
        apply_patch(BASE, data, sha256_hex(TARGET))


def test_a_patch_that_would_unfold_beyond_a_manifests_size_is_refused() -> None:
    with pytest.raises(BlobError, match="at most"):
        apply_patch(BASE, bytes(80) + compress(bytes(10_000_000)), sha256_hex(TARGET))


def test_another_signature_makes_another_envelope() -> None:
    forged = msgspec.structs.replace(
        msgspec.json.decode(TARGET, type=Envelope), signature=bytes(64)
    )
    with pytest.raises(BlobError, match="does not yield"):
        apply_patch(BASE, make_patch(BASE, encode(forged)), sha256_hex(TARGET))
