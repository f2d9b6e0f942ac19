"""Enrolment of many simulated devices; certificates are kept for the next run."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_wire.enrolment import EnrolResponse, Token, build_request, verify_response
from lamplighter_wire.files import write_atomically

AT_ONCE = 8


@dataclass(frozen=True)
class Identity:
    """Files of one device, and where its broker is."""

    device: str
    folder: Path
    host: str
    port: int


class _Kept(msgspec.Struct):
    """Written last: the enrolment is complete."""

    host: str
    port: int


def enrol_all(api: Client, devices: Sequence[str], folder: Path) -> list[Identity]:
    """Identities of all devices; those that `folder` holds already are taken from there.

    Raises:
        ClientError: the controller refuses.
        SignatureError: it is not who the token names.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda device: _identity(api, device, folder / device), devices))


def _identity(api: Client, device: str, folder: Path) -> Identity:
    done = folder / "broker.json"
    if not done.exists():
        _enrol(api, device, folder)
    kept = msgspec.json.decode(done.read_bytes(), type=_Kept)
    return Identity(device, folder, kept.host, kept.port)


def _enrol(api: Client, device: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    token = Token.parse(api.send(endpoints.create_token(device)).token)
    key = ec.generate_private_key(ec.SECP256R1())
    request = build_request(token, device, _csr(key, device))
    enrolment = endpoints.ApiRequest("/enrol", EnrolResponse, method="POST", body=request)
    answer = api.send(enrolment)
    verify_response(answer, token, request.nonce)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for name, text in (
        ("ca.pem", answer.ca.encode()),
        ("device.pem", answer.certificate.encode()),
        ("device.key", private),
    ):
        (folder / name).write_bytes(text)
    kept = _Kept(answer.broker.host, answer.broker.port)
    write_atomically(folder / "broker.json", [msgspec.json.encode(kept)])


def _csr(key: ec.EllipticCurvePrivateKey, device: str) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()
