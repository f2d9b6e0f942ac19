"""Keys that never leave the device, requests for certificates, and which answers are believed."""

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lamplighter_wire.files import write_secret

from lamplighter_agent.errors import EnrolError


def load_key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    """The key in a file; None where there is none.

    Raises:
        ValueError: the file holds something else.
    """
    if not path.exists():
        return None
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def new_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """A P-256 key, kept in a file that only its owner can read."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_secret(path, pem)
    return key


def certificate_request(
    key: ec.EllipticCurvePrivateKey, device: str
) -> x509.CertificateSigningRequest:
    """For a key and the name of its device."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device)])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())


def check_certificate(
    certificate_pem: str, authority_pem: str, key: ec.EllipticCurvePrivateKey, device: str
) -> float:
    """A certificate must be for our key and name, by an authority; when it ends (wall time).

    `authority_pem` holds one, or two while one takes the other's place.

    Raises:
        EnrolError: it is not.
    """
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
        authorities = x509.load_pem_x509_certificates(authority_pem.encode())
        _verify(certificate, authorities)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise EnrolError(f"the certificate is not the authority's: {error}") from error
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [name.value for name in names] != [device]:
        raise EnrolError("the certificate is for another device")
    if certificate.public_key() != key.public_key():
        raise EnrolError("the certificate is for another key")
    return certificate.not_valid_after_utc.timestamp()


def _verify(certificate: x509.Certificate, authorities: list[x509.Certificate]) -> None:
    """Raises ValueError, TypeError, InvalidSignature: it is by none of them."""
    own = [one for one in authorities if one.subject == certificate.issuer]
    certificate.verify_directly_issued_by((own or authorities)[0])
