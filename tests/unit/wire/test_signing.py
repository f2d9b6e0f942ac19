"""Only what a known key signed for this device, and in time, is believed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.artifacts.manifest import Manifest, Part
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import AddressError, CodecError, ExpiredError, SignatureError
from lamplighter_wire.messages import Desired, Envelope
from lamplighter_wire.signing import (
    KeySet,
    SigningKey,
    open_desired,
    open_manifest,
    seal,
    sign,
    verify,
)

KEY = SigningKey.generate()
KEYS = KeySet.of(KEY)
DESIRED = Desired(device="cam-1", revision=7, expires_at=100.0)
MANIFEST = Manifest(id="v", parts=[Part(name="skeleton")])


def _envelope(message: Desired) -> Envelope:
    return decode(seal(message, KEY), Envelope)


@given(st.binary(max_size=200))
def test_signed_bytes_come_back(payload: bytes) -> None:
    assert verify(decode(encode(sign(payload, KEY)), Envelope), KEYS) == payload


@given(st.binary(min_size=1, max_size=50), st.integers(0, 10**6))
def test_one_changed_bit_is_noticed(payload: bytes, where: int) -> None:
    envelope = sign(payload, KEY)
    index, bit = where // 8 % len(payload), where % 8
    changed = bytearray(payload)
    changed[index] ^= 1 << bit
    with pytest.raises(SignatureError):
        verify(
            Envelope(key_id=KEY.key_id, payload=bytes(changed), signature=envelope.signature), KEYS
        )


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope(),
        Envelope(key_id=KEY.key_id, payload=b"x"),
        Envelope(key_id=KEY.key_id, payload=b"x", signature=b"short"),
        sign(b"x", SigningKey.generate()),
    ],
)
def test_unsigned_and_strangely_signed_envelopes_are_refused(envelope: Envelope) -> None:
    with pytest.raises(SignatureError):
        verify(envelope, KEYS)


def test_a_desired_state_opens_for_its_device_in_time() -> None:
    assert open_desired(_envelope(DESIRED), KEYS, "cam-1", now=99.0) == DESIRED


def test_a_desired_state_of_another_device_is_refused() -> None:
    with pytest.raises(AddressError, match="cam-1"):
        open_desired(_envelope(DESIRED), KEYS, "cam-2", now=99.0)


@pytest.mark.parametrize("desired", [DESIRED, Desired(device="cam-1")])
def test_an_expired_or_unlimited_desired_state_is_refused(desired: Desired) -> None:
    with pytest.raises(ExpiredError):
        open_desired(_envelope(desired), KEYS, "cam-1", now=100.0)


def test_a_manifest_opens() -> None:
    assert open_manifest(seal(MANIFEST, KEY), KEYS) == MANIFEST


def test_a_signed_desired_state_is_no_manifest() -> None:
    with pytest.raises(SignatureError, match="not a manifest"):
        open_manifest(seal(DESIRED, KEY), KEYS)


def test_a_signed_manifest_is_no_desired_state() -> None:
    with pytest.raises(AddressError):
        open_desired(decode(seal(MANIFEST, KEY), Envelope), KEYS, "cam-1", now=0.0)


def test_signed_rubbish_is_a_codec_error() -> None:
    with pytest.raises(CodecError):
        open_manifest(encode(sign(b"rubbish", KEY)), KEYS)


def test_keys_survive_the_disk_and_stay_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.pem"
    KEY.save(path)
    assert SigningKey.load(path).public == KEY.public
    assert path.stat().st_mode & 0o077 == 0


def test_a_broken_key_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "k.pem").write_text("nothing")
    with pytest.raises(SignatureError, match=r"k\.pem"):
        SigningKey.load(tmp_path / "k.pem")


def test_key_sets_travel_as_text() -> None:
    assert KeySet.from_dict(KEYS.to_dict()) == KEYS


@pytest.mark.parametrize("encoded", [{"a": "?"}, {"a": "QUJD"}, {"0" * 16: "A" * 43 + "="}])
def test_malformed_key_sets_are_refused(encoded: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        KeySet.from_dict(encoded)
