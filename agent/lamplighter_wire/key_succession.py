"""One signing key takes another's place: whom a device believes that, as TUF has it of root keys.

The list of keys that count next is signed by a key that counts now, and by each that it names: who
sends it holds them. Versions only grow. All lists since the first are kept, so a device that slept
through several goes through them one after the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import SignatureError
from lamplighter_wire.messages import SignedKeys, SigningKeys
from lamplighter_wire.signing import KeySet, SigningKey, encoded_keys

MOST_KEYS = 16  # in force at a time: no more signatures are looked at


@dataclass(frozen=True, slots=True)
class BelievedKeys:
    """What a device believes, and of which version; 0: what its enrolment has told."""

    keys: KeySet
    version: int = 0


def sign_keys(version: int, keys: KeySet, signers: Iterable[SigningKey]) -> SignedKeys:
    """The list of a version, signed by several."""
    said = SigningKeys(version=version, keys=keys.to_dict(), former=encoded_keys(keys.former))
    payload = encode(said)
    return SignedKeys(
        payload=payload,
        signatures={signer.key_id: signer.private.sign(payload) for signer in signers},
    )


def follow(now: BelievedKeys, lists: Sequence[SignedKeys]) -> BelievedKeys:
    """What is believed after lists that come by age; those of no later version change nothing.

    Raises:
        SignatureError, CodecError: there are later ones, and none of them is to be believed.
    """
    believed, refusal = now, None
    for signed in lists:
        said = decode(signed.payload, SigningKeys)
        if said.version <= believed.version:
            continue
        try:
            believed = replace(believed, keys=_opened(signed, said, believed.keys))
        except SignatureError as error:
            refusal = error
        else:
            believed = replace(believed, version=said.version)
    if refusal is not None and believed == now:
        raise refusal
    return believed


def _opened(signed: SignedKeys, said: SigningKeys, trusted: KeySet) -> KeySet:
    """Raises SignatureError."""
    if not 0 < len(said.keys) <= MOST_KEYS or len(signed.signatures) > 2 * MOST_KEYS:
        raise SignatureError("the signed document lists no keys, or too many")
    keys = KeySet.from_dict(said.keys, said.former)
    if not any(_has_signed(key_id, public, signed) for key_id, public in trusted.keys.items()):
        raise SignatureError(f"version {said.version} of the keys is signed by none that counts")
    for key_id, public in keys.keys.items():
        if not _has_signed(key_id, public, signed):
            raise SignatureError(f"version {said.version} lacks the signature of {key_id!r}")
    return keys


def _has_signed(key_id: str, public: bytes, signed: SignedKeys) -> bool:
    try:
        signature = signed.signatures.get(key_id, b"")
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed.payload)
    except InvalidSignature:
        return False
    return True
