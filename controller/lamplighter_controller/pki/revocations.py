"""Lists of revoked certificates."""

from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lamplighter_wire.files import write_secret

_PEM = serialization.Encoding.PEM


def revocation_list(
    folder: Path,
    key: ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate,
    revoked: set[int],
) -> bytes:
    """Of one authority; the last one is kept while it says the same."""
    path = folder / "revoked.crl"
    last = _read_list(path)
    is_ours = last is not None and last.is_signature_valid(key.public_key())
    if is_ours and {entry.serial_number for entry in last or ()} == revoked:
        return path.read_bytes()
    builder = _revoking(certificate, revoked)
    signed = builder.sign(key, hashes.SHA256()).public_bytes(_PEM)
    write_secret(path, signed)
    return signed


def _revoking(
    certificate: x509.Certificate, serials: Iterable[int]
) -> x509.CertificateRevocationListBuilder:
    began = certificate.not_valid_before_utc
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(began)
        .next_update(certificate.not_valid_after_utc)
    )
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(began)
        builder = builder.add_revoked_certificate(revoked.build())
    return builder


def _read_list(path: Path) -> x509.CertificateRevocationList | None:
    """None where there is none, or nothing that can be read: it is made anew."""
    try:
        return x509.load_pem_x509_crl(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
