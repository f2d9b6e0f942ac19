"""Who reaches the API's port and is refused before there is a request: by TLS, or as no HTTP."""

import ssl
from collections.abc import Callable

from uvicorn.protocols.http.h11_impl import H11Protocol

# What is told: the address that it came from, and why.
Refused = Callable[[str, str], None]


def noting_handshakes(failed: Callable[[str], None]) -> type[ssl.SSLObject]:
    """What a context makes of each connection; `failed` is told why a handshake has failed."""

    class NotingHandshake(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLEOFError):
                raise
            except ssl.SSLError as error:
                failed((error.reason or "unknown").lower().replace("_", " "))
                raise

    return NotingHandshake


def noting_protocol(refused: Refused) -> type[H11Protocol]:
    """HTTP as ever; what cannot be read as such is told."""

    class NotingProtocol(H11Protocol):
        def send_400_response(self, msg: str) -> None:
            refused(self.client[0] if self.client else "", "no HTTP request that can be read")
            super().send_400_response(msg)

    return NotingProtocol
