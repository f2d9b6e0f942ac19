"""Whether a broker takes a certificate, found out without being anybody there."""

import socket
import ssl

from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.mqtt import CONNECT_TIMEOUT_S, TlsFiles, tls_context

# A broker that does not take a certificate says so at once, behind the handshake of TLS 1.3.
OBJECTION_S = 2.0


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
