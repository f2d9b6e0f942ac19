"""What the API shows of itself: a certificate of ours or one from outside, renewed as it runs."""

import logging
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography import x509
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.https.web_address import is_loopback

from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.names import ServerFiles
from lamplighter_controller.settings import ControllerSettings

log = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, never bound
FOLDER = "api"  # within the authority's
# A certificate from outside that ends within this is told in the log when it is read.
SOON = timedelta(days=14)


class ApiCertificate:
    """The certificate, and the context that shows it.

    Args:
        files: where it lies, after it was made or made anew.
        ca: whom clients on this machine are to believe.

    Raises:
        SettingsError: the files cannot be used.
    """

    def __init__(self, files: Callable[[], ServerFiles], ca: Callable[[], Path]) -> None:
        self._files, self._ca = files, ca
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self._read: tuple[int, int] = (0, 0)
        self.refresh()

    def refresh(self) -> None:
        """Renew it when it is near its end, and show what has been put in its place.

        Connections that are open keep what they have seen.

        Raises:
            SettingsError: what lies there now cannot be used; what was read before is shown on.
        """
        files = self._files()
        try:
            times = files.cert.stat().st_mtime_ns, files.key.stat().st_mtime_ns
            if times != self._read:
                self.context.load_cert_chain(files.cert, files.key, lambda: "")
                self._read = times
                _warn_of_end(files.cert)
        except ssl.SSLError as error:
            raise SettingsError(_unusable(files, error)) from error
        except OSError as error:
            raise SettingsError(f"api_cert, api_key: {error}; check the paths") from error

    @property
    def ca(self) -> Path:
        """Whom clients on this machine are to believe now."""
        return self._ca()

    @property
    def server_name(self) -> str:
        """A name that it is for, where this machine's own address is none; empty: it says none."""
        files = self._files()
        if files.ca == self.ca:  # ours is for that address as well
            return ""
        certificate = x509.load_pem_x509_certificate(files.cert.read_bytes())
        try:
            kind = x509.SubjectAlternativeName
            names = certificate.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return ""
        return next((str(name.value).replace("*", "any") for name in names), "")


def make_certificate(settings: ControllerSettings, authority: Authority) -> ApiCertificate | None:
    """What the settings say; None: plain HTTP.

    Raises:
        SettingsError: a certificate without its key, or files that cannot be used.
    """
    if bool(settings.api_cert) != bool(settings.api_key):
        raise SettingsError("api_cert and api_key belong together: set both or neither")
    if settings.api_cert:
        cert, key = Path(settings.api_cert).resolve(), Path(settings.api_key).resolve()
        return ApiCertificate(lambda: ServerFiles(authority.ca_path, cert, key), lambda: cert)
    if is_loopback(settings.api_host):
        return None
    if settings.api_plain:
        log.warning("the API speaks plain HTTP to other machines: on the way tokens can be read")
        return None
    names = own_names(settings)
    folder = authority.directory / FOLDER
    return ApiCertificate(partial(authority.server_files, names, folder), lambda: authority.ca_path)


def own_names(settings: ControllerSettings) -> list[str]:
    """All under which the API may be reached, the public ones first."""
    host = [] if settings.api_host in ANYWHERE else [settings.api_host]
    names = [*settings.public_names, *host, socket.gethostname(), *LOOPBACK]
    return list(dict.fromkeys(name for name in names if name))


def _warn_of_end(path: Path) -> None:
    end = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    if end < datetime.now(UTC) + SOON:
        log.warning("the API's certificate %s ends at %s; put another in its place", path, end)


def _unusable(files: ServerFiles, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"api_key: {files.key} is not the key of {files.cert}; name the pair"
    return (
        f"api_cert, api_key: {files.cert} and {files.key} cannot be used"
        f" ({error.reason or error}); give PEM files, the key without a passphrase"
    )
