"""How a device that holds nothing but a token becomes one that holds a certificate.

The operator's token is `id.secret.hash`: the secret authenticates both sides and never travels
(only HMACs made with it do); the hash pins the key of the certificate authority.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Annotated

import msgspec

from lamplighter_wire.codec import canonical
from lamplighter_wire.errors import CodecError, SignatureError
from lamplighter_wire.messages import Message

ENROL_PATH = "/api/v1/enrol"
NONCE_BYTES = 16
TokenId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{0,64}$")]
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{20,128})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Token:
    """A one-time permission to enrol."""

    id: str
    secret: str
    ca_key_sha256: str

    @classmethod
    def create(cls, ca_key_sha256: str) -> "Token":
        """A fresh token: 256 random bits of secret."""
        return cls(cls.new_id(), secrets.token_urlsafe(32), ca_key_sha256)

    @staticmethod
    def new_id() -> str:
        """A fresh token's name: 48 random bits."""
        return secrets.token_hex(6)

    @classmethod
    def parse(cls, text: str) -> "Token":
        """Raises CodecError when `text` is not `id.secret.hash`."""
        match = _TOKEN.fullmatch(text.strip())
        if match is None:
            raise CodecError("not a token: expected id.secret.hash, as `token create` prints it")
        return cls(*match.groups())

    def __str__(self) -> str:
        return f"{self.id}.{self.secret}.{self.ca_key_sha256}"

    def __repr__(self) -> str:
        return f"Token(id={self.id!r}, secret=…)"


class BrokerAddress(Message, frozen=True, kw_only=True):
    """Where the device finds its broker (TLS)."""

    host: str = ""
    port: int = 0


class EnrolRequest(Message, frozen=True, kw_only=True):
    """Body of POST /api/v1/enrol."""

    id: TokenId = ""
    device: str = ""
    csr: str = ""  # PEM; its common name is the device id
    nonce: str = ""  # hexadecimal, fresh for each request
    mac: str = ""  # HMAC-SHA256(secret, id|device|csr|nonce), hexadecimal
    takes_camera: bool = False  # it understands `sealed_camera`


class EnrolResponse(Message, frozen=True, kw_only=True):
    """The controller's answer."""

    certificate: str = ""  # PEM of the device's certificate
    ca: str = ""  # PEM of the authority's certificate
    keys: dict[str, str] = msgspec.field(default_factory=dict)  # id -> base64 public key
    broker: BrokerAddress = BrokerAddress()
    # The address of the camera that is registered for it, sealed; not part of the MAC while empty.
    sealed_camera: str = ""
    # The newest list of signing keys, encoded; of `keys` one has signed it, so it needs no MAC.
    signed_keys: bytes = b""
    mac: str = ""  # HMAC-SHA256(secret, canonical JSON of the other fields + nonce), hexadecimal


def ca_key_sha256(ca_pem: str) -> str:
    """SHA-256 of the authority's SubjectPublicKeyInfo (DER), hexadecimal. Raises CodecError."""
    # Two megabytes that no running agent needs.
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        certificate = x509.load_pem_x509_certificate(ca_pem.encode())
    except ValueError as error:
        raise CodecError(f"not a certificate: {error}") from error
    info = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(info).hexdigest()


def build_request(
    token: Token, device: str, csr_pem: str, nonce: str | None = None
) -> EnrolRequest:
    """A request with a fresh nonce, authenticated by the token's secret."""
    bare = EnrolRequest(
        id=token.id,
        device=device,
        csr=csr_pem,
        nonce=nonce or secrets.token_hex(NONCE_BYTES),
        takes_camera=True,
    )
    return msgspec.structs.replace(bare, mac=_request_mac(bare, token.secret))


def verify_request(request: EnrolRequest, secret: str) -> None:
    """Raises SignatureError unless whoever sent it knows the token's secret."""
    if len(request.nonce) < 2 * NONCE_BYTES:
        raise SignatureError("the nonce is too short")
    _compare(request.mac, _request_mac(request, secret), "request")


def build_response(response: EnrolResponse, secret: str, nonce: str) -> EnrolResponse:
    """The same response with its MAC, bound to the request's nonce."""
    return msgspec.structs.replace(response, mac=_response_mac(response, secret, nonce))


def verify_response(response: EnrolResponse, token: Token, nonce: str) -> None:
    """Raises SignatureError unless the controller knows the secret and holds the pinned key.

    A token that was made of a code names no key.
    """
    _compare(response.mac, _response_mac(response, token.secret, nonce), "response")
    pinned = token.ca_key_sha256
    if pinned and not hmac.compare_digest(ca_key_sha256(response.ca), pinned):
        raise SignatureError("the authority's key is not the one the token names")


def _request_mac(request: EnrolRequest, secret: str) -> str:
    text = "|".join((request.id, request.device, request.csr, request.nonce))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _response_mac(response: EnrolResponse, secret: str, nonce: str) -> str:
    rest = msgspec.to_builtins(response)
    del rest["mac"], rest["signed_keys"]
    if not response.sealed_camera:
        del rest["sealed_camera"]
    return hmac.new(secret.encode(), canonical(rest) + nonce.encode(), hashlib.sha256).hexdigest()


def _compare(given: str, expected: str, what: str) -> None:
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise SignatureError(f"the {what} was not made with this token's secret")
