"""Ed25519 signatures over raw bytes. What was signed is never encoded again."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import AddressError, ExpiredError, SignatureError
from lamplighter_wire.files import write_secret
from lamplighter_wire.messages import Authorities, Configuration, Desired, Envelope

KEY_ID_DIGITS = 16


def key_id_of(public: bytes) -> str:
    """Short name of a public key: the beginning of its SHA-256."""
    return sha256_hex(public)[:KEY_ID_DIGITS]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The controller's private key for manifests and desired state."""

    private: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """Read a PEM file. Raises SignatureError when it holds no Ed25519 key."""
        from cryptography.hazmat.primitives import serialization  # a device has no such file

        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise SignatureError(f"{path} holds no private key: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SignatureError(f"{path} holds no Ed25519 key")
        return cls(key)

    def save(self, path: Path) -> None:
        """Write a new PEM file that only its owner may read."""
        from cryptography.hazmat.primitives import serialization

        pem = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_secret(path, pem)

    @property
    def public(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self.private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        return key_id_of(self.public)


@dataclass(frozen=True, slots=True)
class KeySet:
    """Public keys a device trusts, by key id.

    Attributes:
        former: sign nothing any more. Manifests that they have signed still count: a device opens
            those that an order names by their hash, and no others.
    """

    keys: Mapping[str, bytes]
    former: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, *keys: SigningKey) -> "KeySet":
        return cls({key.key_id: key.public for key in keys})

    @classmethod
    def from_dict(
        cls, encoded: Mapping[str, str], former: Mapping[str, str] | None = None
    ) -> "KeySet":
        """From {key id: base64 public key}. Raises SignatureError when one is malformed."""
        return cls(_decoded(encoded), _decoded(former or {}))

    def to_dict(self) -> dict[str, str]:
        return encoded_keys(self.keys)

    @property
    def with_former(self) -> "KeySet":
        """Those too that sign no more: for manifests, and what was believed when it was kept."""
        return KeySet({**self.former, **self.keys})


def encoded_keys(keys: Mapping[str, bytes]) -> dict[str, str]:
    """{key id: base64 public key}."""
    return {key_id: base64.b64encode(public).decode() for key_id, public in keys.items()}


def _decoded(encoded: Mapping[str, str]) -> dict[str, bytes]:
    try:
        keys = {k: base64.b64decode(text, validate=True) for k, text in encoded.items()}
    except (binascii.Error, ValueError) as error:
        raise SignatureError(f"key set is not base64: {error}") from error
    for key_id, public in keys.items():
        if len(public) != 32 or key_id_of(public) != key_id:
            raise SignatureError(f"key {key_id!r} is not the key its id names")
    return keys


def sign(payload: bytes, key: SigningKey) -> Envelope:
    return Envelope(key_id=key.key_id, payload=payload, signature=key.private.sign(payload))


def verify(envelope: Envelope, keys: KeySet) -> bytes:
    """The signed bytes. Raises SignatureError."""
    public = keys.keys.get(envelope.key_id)
    if public is None:
        raise SignatureError(f"signed with an unknown key {envelope.key_id[:32]!r}")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(envelope.signature, envelope.payload)
    except InvalidSignature:
        raise SignatureError(f"wrong signature for key {envelope.key_id!r}") from None
    return envelope.payload


def open_desired(envelope: Envelope, keys: KeySet, device: str, now: float) -> Desired:
    """The desired state meant for `device`, valid at wall time `now` (seconds).

    Raises SignatureError, CodecError, AddressError or ExpiredError.
    """
    desired = decode(verify(envelope, keys), Desired)
    if desired.device != device:
        raise AddressError(f"desired state is for {desired.device[:40]!r}, this is {device!r}")
    if desired.expires_at <= now:
        late_s = now - desired.expires_at
        raise ExpiredError(f"revision {desired.revision} expired {late_s:.0f} s ago")
    return desired


def open_authorities(envelope: Envelope, keys: KeySet) -> Authorities:
    """The authorities that a device is to trust. Raises SignatureError, CodecError."""
    said = decode(verify(envelope, keys), Authorities)
    if not said.version or not said.authorities:
        raise SignatureError("the signed document names no authorities")
    return said


def open_configuration(envelope: Envelope, keys: KeySet, device: str) -> Configuration:
    """The configuration meant for `device`. Raises SignatureError, CodecError or AddressError."""
    configuration = decode(verify(envelope, keys), Configuration)
    if configuration.device != device:
        named = configuration.device[:40]
        raise AddressError(f"the configuration is for {named!r}, this is {device!r}")
    if configuration.version <= 0:
        # Every field has a default, so any signed object would decode.
        raise SignatureError("the signed document is not a configuration")
    return configuration


def open_manifest(data: bytes, keys: KeySet) -> Manifest:
    """The manifest inside the bytes of a signed envelope. Raises SignatureError, CodecError."""
    manifest = decode(verify(decode(data, Envelope), keys.with_former), Manifest)
    if not manifest.id or not manifest.parts:
        # Every field has a default, so any signed object would decode; only a manifest has these.
        raise SignatureError("the signed document is not a manifest")
    return manifest


def seal(message: Desired | Manifest | Configuration, key: SigningKey) -> bytes:
    """Encode, sign and encode the envelope: what is published or stored as a blob."""
    return encode(sign(encode(message), key))
