"""The certificate authority: its own key, the broker's certificate, the devices' certificates."""

import hashlib
import ipaddress
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from lamplighter_wire.files import write_secret
from lamplighter_wire.topics import is_device_id

from lamplighter_controller.errors import DamagedError, InvalidError
from lamplighter_controller.pki.names import CONTROLLER_NAME, ServerFiles
from lamplighter_controller.pki.revocations import revocation_list
from lamplighter_controller.pki.rotation import Phase, end_key, read_rotation

CA_DAYS = 3650
LEAF_DAYS = 825  # what common TLS stacks accept of a leaf
# Clocks of devices, and of the controller, may be wrong: what is ours has been valid for ever, and
# ends by a clock that is not behind the making of this program.
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
MADE = datetime(2026, 11, 1, tzinfo=UTC)
# A server's certificate is issued anew at a start this long before it ends.
RENEWAL = timedelta(days=90)
MAX_CSR_BYTES = 16 * 1024
MOST_COMMON_NAME = 64  # characters, by X.520
CA_KEY = "ca.key"
BOTH = "authorities.crt"

_PEM = serialization.Encoding.PEM
_Pair = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """PEM files of one client: the authority, its certificate and its key."""

    ca: Path
    cert: Path
    key: Path


def certificate_end(pem: str) -> float:
    """When a certificate ends, wall time."""
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc.timestamp()


def certificate_serial(pem: str) -> int:
    """Serial number of a certificate of ours."""
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def csr_key_hash(csr_pem: str) -> str:
    """SHA-256 in hexadecimal of the public key in a certificate request. Raises InvalidError."""
    return _key_hash(_parse_csr(csr_pem).public_key())


def der_key_hash(csr: bytes) -> str:
    """The same for a request in DER, which is signed anew each time. Raises InvalidError."""
    return _key_hash(_parse_der(csr).public_key())


class Authority:
    """EC P-256 authority kept in a directory that only its owner can read.

    While one takes another's place, the certificates of both count: see `rotation`. Safe to use
    from any thread.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = threading.RLock()
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory.chmod(0o700)
        self.reload()

    def reload(self) -> None:
        """A step of the rotation was taken: it counts from here on.

        Raises:
            DamagedError: a file is none of ours.
        """
        with self._lock:
            end_key(self.directory)
            self.rotation = read_rotation(self.directory)
            self._own = self.directory / self.rotation.own
            self._key, self.certificate = _load_or_make(self._own, self.rotation.number)
            self._others = list(self._beside())
            if self._others:
                write_secret(self.ca_path, self.ca_pem.encode())

    def _beside(self) -> Iterator[tuple[Path, _Pair]]:
        """Folder, key and certificate of the other one, if there is one."""
        if self.rotation.other is not None:
            place = self.directory / self.rotation.other
            yield place, _load_or_make(place, self.rotation.number)

    @property
    def ca_path(self) -> Path:
        """Of all whose certificates count."""
        return self.directory / BOTH if self._others else self._own / "ca.crt"

    @property
    def all_pems(self) -> list[str]:
        """All whose certificates count; the one that signs comes first."""
        certificates = [self.certificate, *(certificate for _, (_, certificate) in self._others)]
        return [certificate.public_bytes(_PEM).decode() for certificate in certificates]

    @property
    def ca_pem(self) -> str:
        return "".join(self.all_pems)

    @property
    def least_end(self) -> float:
        """Certificates that end before this wall time are another authority's; 0: none are."""
        since = self.rotation.signs_since
        if self.rotation.phase is not Phase.SWITCHED or not since:
            return 0.0
        began = max(since, MADE.timestamp())
        return began + LEAF_DAYS * 86_400.0 - 1.0

    @property
    def ca_key_hash(self) -> str:
        """What a token carries so that the device knows this authority."""
        return _key_hash(self.certificate.public_key())

    def server_files(self, names: list[str], directory: Path | None = None) -> ServerFiles:
        """A broker's certificate for host names and addresses; a good one is kept.

        Key and certificate lie in `directory`, by default the authority's own.
        """
        folder = directory or self.directory
        key = _load_or_make_key(folder / "server.key")
        files = ServerFiles(self.ca_path, folder / "server.crt", folder / "server.key")
        if self._is_good(files.cert, names, key.public_key()):
            return files
        alternative = x509.SubjectAlternativeName([_general_name(name) for name in names])
        usage = ExtendedKeyUsageOID.SERVER_AUTH
        _write(files.cert, self._signed(names[0], key.public_key(), usage, alternative))
        return files

    def _is_good(self, path: Path, names: list[str], key: ec.EllipticCurvePublicKey) -> bool:
        """Whether a server's certificate is ours, for its key and names, and holds for long."""
        if not path.exists():
            return False
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            certificate.verify_directly_issued_by(self.certificate)
        except (InvalidSignature, ValueError, TypeError):
            return False
        kind = x509.SubjectAlternativeName
        shown = list(certificate.extensions.get_extension_for_class(kind).value)
        holds = (
            certificate.not_valid_before_utc <= _now() < certificate.not_valid_after_utc - RENEWAL
        )
        return (
            holds
            and certificate.public_key() == key
            and shown == [_general_name(name) for name in names]
        )

    def controller_files(self) -> ClientFiles:
        """The controller's own client certificate."""
        key = _load_or_make_key(self.directory / "controller.key")
        signed = self._signed(CONTROLLER_NAME, key.public_key(), ExtendedKeyUsageOID.CLIENT_AUTH)
        written = _write(self.directory / "controller.crt", signed)
        return ClientFiles(self.ca_path, written, self.directory / "controller.key")

    def sign_csr(self, csr_pem: str, device: str) -> str:
        """Certificate (PEM) for a device's own key.

        Raises:
            InvalidError: the request is malformed, badly signed, or names another device.
        """
        return self._sign(_parse_csr(csr_pem), device)

    def sign_der(self, csr: bytes, device: str) -> str:
        """The same for a request in DER.

        Raises:
            InvalidError: the request is malformed, badly signed, or names another device.
        """
        return self._sign(_parse_der(csr), device)

    def _sign(self, request: x509.CertificateSigningRequest, device: str) -> str:
        if not is_device_id(device):
            raise InvalidError(f"not a device id: {device!r}; use 1 to 40 of a-z, 0-9 and '-'")
        names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if [name.value for name in names] != [device]:
            raise InvalidError(f"the certificate request must name {device!r} and nothing else")
        public = request.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise InvalidError("the device's key must be an elliptic-curve key (P-256)")
        signed = self._signed(device, public, ExtendedKeyUsageOID.CLIENT_AUTH)
        return signed.public_bytes(_PEM).decode()

    def passing_files(self, name: str, directory: Path) -> ClientFiles:
        """A fresh key and certificate of a client, for as long as its folder is kept."""
        key = _load_or_make_key(directory / "client.key")
        signed = self._signed(name, key.public_key(), ExtendedKeyUsageOID.CLIENT_AUTH)
        written = _write(directory / "client.crt", signed)
        return ClientFiles(self.ca_path, written, directory / "client.key")

    def revocation_list(self, serials: Iterable[int]) -> bytes:
        """PEM of the list of revoked certificates; the last one is kept while it says the same.

        It holds exactly as long as the authority does: a list that a wrong clock has made invalid
        would keep every device out.
        """
        revoked = set(serials)
        with self._lock:
            own = (self._own, (self._key, self.certificate))
            return b"".join(
                revocation_list(place, *pair, revoked) for place, pair in [own, *self._others]
            )

    def _signed(
        self,
        name: str,
        public: ec.EllipticCurvePublicKey,
        usage: x509.ObjectIdentifier,
        *more: x509.ExtensionType,
    ) -> x509.Certificate:
        """A certificate by the authority of now."""
        with self._lock:
            builder = self._leaf(name, public, usage)
            for extension in more:
                builder = builder.add_extension(extension, critical=False)
            return builder.sign(self._key, hashes.SHA256())

    def _leaf(
        self, name: str, public: ec.EllipticCurvePublicKey, usage: x509.ObjectIdentifier
    ) -> x509.CertificateBuilder:
        return (
            _validity(LEAF_DAYS)
            .subject_name(_subject(name))
            .issuer_name(self.certificate.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )


def _load_or_make(folder: Path, number: int) -> _Pair:
    """Key and certificate of an authority in a folder; `number` tells its name from others'."""
    folder.mkdir(exist_ok=True, mode=0o700)
    key, path = _load_or_make_key(folder / CA_KEY), folder / "ca.crt"
    if path.exists():
        return key, _read_ca(path)
    name = _subject("Lamplighter CA" if number == 1 else f"Lamplighter CA {number}")
    certificate = (
        _validity(CA_DAYS)
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_ca_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(path, certificate)
    return key, certificate


def _write(path: Path, certificate: x509.Certificate) -> Path:
    write_secret(path, certificate.public_bytes(_PEM))
    return path


def _read_ca(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise DamagedError(
            f"{path} is no certificate ({error}); put it back from a backup, else move it and"
            " ca.key away and enrol all devices anew"
        ) from error


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        key, reason = None, str(error)
    else:
        reason = "not on an elliptic curve"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key
    remedy = "put it back from a backup, else move it away and enrol all devices anew"
    if path.name != CA_KEY:
        remedy = "move it away: another is made at the next start"
    raise DamagedError(f"{path} is no private key ({reason}); {remedy}")


def _load_or_make_key(path: Path) -> ec.EllipticCurvePrivateKey:
    if path.exists():
        return _read_key(path)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_secret(path, pem)
    return key


def _parse_csr(csr_pem: str) -> x509.CertificateSigningRequest:
    return _parsed(csr_pem.encode(), x509.load_pem_x509_csr, "PEM")


def _parse_der(csr: bytes) -> x509.CertificateSigningRequest:
    return _parsed(csr, x509.load_der_x509_csr, "DER")


def _parsed(
    csr: bytes, load: Callable[[bytes], x509.CertificateSigningRequest], form: str
) -> x509.CertificateSigningRequest:
    if len(csr) > MAX_CSR_BYTES:
        raise InvalidError(f"the certificate request is larger than {MAX_CSR_BYTES} bytes")
    try:
        request = load(csr)
    except ValueError as error:
        raise InvalidError(f"the certificate request is not a {form} CSR") from error
    if not request.is_signature_valid:
        raise InvalidError("the certificate request is not signed by its own key")
    return request


def _key_hash(public: PublicKeyTypes) -> str:
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def _now() -> datetime:
    return max(datetime.now(UTC), MADE)


def _validity(days: int) -> x509.CertificateBuilder:
    end = _now() + timedelta(days=days)
    return x509.CertificateBuilder().not_valid_before(ALWAYS).not_valid_after(end)


def _subject(name: str) -> x509.Name:
    # A host's name may be longer; clients read it among the alternative names.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:MOST_COMMON_NAME])])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _ca_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
