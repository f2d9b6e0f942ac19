"""How a device shows over HTTP who it is: its certificate, and a signature over what it asks for.

The key never travels, and no secret does: who reads a credential on its way can ask again for the
same blob, and for nothing else. Clocks play no part, for a device's may be wrong.
"""

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING

import zstandard

from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import CodecError, SignatureError
from lamplighter_wire.messages import Envelope

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

BLOB_PATH = "/api/v1/blobs/"
KIND = "Lamplighter-Device"
ORDER_HEADER = "Lamplighter-Order"
MOST_ORDER_BYTES = 256 * 1024
# Of an Authorization header: a certificate of ours has less than one kilobyte.
MOST_CHARACTERS = 8 * 1024


def make_credential(certificate_pem: bytes, key_pem: bytes, sha: str) -> str:
    """The Authorization header of a request for one blob.

    Raises:
        ValueError: these are no certificate and no private key on an elliptic curve.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    der, key = _own(certificate_pem, key_pem)
    signature = key.sign(_signed(sha), ec.ECDSA(hashes.SHA256()))
    return f"{KIND} {_text(der)}.{_text(signature)}"


def open_credential(header: str, sha: str) -> bytes:
    """The certificate (DER) whose key has signed the request; whose it is, its issuer says.

    Raises:
        CodecError: it is no credential.
        SignatureError: it was not made with that certificate's key, or for another blob.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    der, signature = _parts(header)
    try:
        _key_of(der).verify(signature, _signed(sha), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise SignatureError("the request was not signed by the device it names") from error
    return der


def name_in_certificate(der: bytes, authorities_pem: bytes) -> str:
    """The device that a certificate names.

    Raises:
        SignatureError: none of the authorities has issued it.
    """
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        certificate = x509.load_der_x509_certificate(der)
        authorities = x509.load_pem_x509_certificates(authorities_pem)
    except ValueError as error:
        raise SignatureError("the certificate cannot be read") from error
    if not any(_is_issued_by(certificate, authority) for authority in authorities):
        raise SignatureError("the certificate is none of this controller's")
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


def _is_issued_by(certificate: "x509.Certificate", authority: "x509.Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def order_text(envelope: Envelope) -> str:
    """A signed order as it stands in a header."""
    return _text(zstandard.ZstdCompressor().compress(encode(envelope)))


def open_order(text: str) -> Envelope:
    """Inverse of `order_text`; what it says is not believed yet.

    Raises:
        CodecError: it is no order.
    """
    try:
        frame = base64.urlsafe_b64decode(text)
        if not 0 <= zstandard.frame_content_size(frame) <= MOST_ORDER_BYTES:
            raise CodecError("a neighbour's order is too large")
        raw = zstandard.ZstdDecompressor().decompress(frame, max_output_size=MOST_ORDER_BYTES)
    except (binascii.Error, ValueError, zstandard.ZstdError) as error:
        raise CodecError("a neighbour's order cannot be read") from error
    return decode(raw, Envelope)


def _parts(header: str) -> tuple[bytes, bytes]:
    kind, _, text = header.partition(" ")
    certificate, dot, signature = text.partition(".")
    if kind != KIND or not dot or len(header) > MOST_CHARACTERS:
        raise CodecError(f"a device shows who it is: Authorization: {KIND} CERTIFICATE.SIGNATURE")
    try:
        return base64.urlsafe_b64decode(certificate), base64.urlsafe_b64decode(signature)
    except (binascii.Error, ValueError) as error:
        raise CodecError("a device's credential is not base64") from error


@lru_cache(maxsize=1024)
def _key_of(der: bytes) -> "ec.EllipticCurvePublicKey":
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except ValueError as error:
        raise CodecError("a device's credential begins with no certificate") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise CodecError("a device's key is on an elliptic curve")
    return key


@lru_cache(maxsize=1)
def _own(certificate_pem: bytes, key_pem: bytes) -> "tuple[bytes, ec.EllipticCurvePrivateKey]":
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = serialization.load_pem_private_key(key_pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not a key on an elliptic curve")
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    return certificate.public_bytes(serialization.Encoding.DER), key


def _signed(sha: str) -> bytes:
    return f"GET {BLOB_PATH}{sha}".encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
