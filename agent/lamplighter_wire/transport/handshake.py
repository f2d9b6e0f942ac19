"""Whether a broker takes a certificate, found out without being anybody there."""

import socket
import ssl

from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.mqtt import CONNECT_TIMEOUT_S, TlsFiles, tls_context

# A broker that does not take a certificate says so at once, behind the handshake of TLS 1.3.
OBJECTION_S = 2.0


# What OpenSSL says of a certificate, by number (its X509_V_ERR_…).
NOT_YET, EXPIRED = 9, 10


def is_about_dates(error: BaseException) -> bool:
    """Whether a connection failed for the dates of the other side's certificate."""
    cause = error.__cause__
    is_refused = isinstance(cause, ssl.SSLCertVerificationError)
    return is_refused and getattr(cause, "verify_code", 0) in (NOT_YET, EXPIRED)


def peer_dates(host: str, port: int, tls: TlsFiles) -> tuple[float, float]:
    """From when to when a broker's certificate counts, wall time in seconds, as it says itself.

    Raises:
        TransportError: the broker is not there, or is not to be believed.
    """
    try:
        with (
            socket.create_connection((host, port), CONNECT_TIMEOUT_S) as road,
            tls_context(tls).wrap_socket(road, server_hostname=host) as secured,
        ):
            shown = secured.getpeercert() or {}
    except OSError as error:
        raise TransportError(f"{host}:{port}: {error}") from error
    begin, end = (ssl.cert_time_to_seconds(str(shown[name])) for name in ("notBefore", "notAfter"))
    return float(begin), float(end)


def shake_hands(host: str, port: int, tls: TlsFiles) -> None:
    """Connect by these files, say nothing, and go.

    Raises:
        TransportError: the broker is not there, or does not take them.
    """
    context = tls_context(tls)
    try:
        with (
            socket.create_connection((host, port), CONNECT_TIMEOUT_S) as road,
            context.wrap_socket(road, server_hostname=host) as secured,
        ):
            is_closed = _objects(secured)
    except OSError as error:
        raise TransportError(f"{host}:{port}: {error}") from error
    if is_closed:
        raise TransportError(f"{host}:{port} has closed the connection")


def _objects(secured: ssl.SSLSocket) -> bool:
    """Whether the other side ends the connection; raises OSError where it says why."""
    secured.settimeout(OBJECTION_S)
    try:
        return not secured.recv(1)
    except TimeoutError:
        return False  # it waits for us to speak
