"""The API behind its port."""

import logging
import resource
import socket
from collections.abc import Callable

import uvicorn
from lamplighter_wire.errors import SettingsError
from starlette.types import ASGIApp

from lamplighter_controller.api.serving.certificate import ApiCertificate
from lamplighter_controller.api.serving.door import MOST_CONNECTIONS, Door
from lamplighter_controller.api.serving.handshakes import (
    Refused,
    noting_handshakes,
    noting_protocol,
)
from lamplighter_controller.api.serving.request_waits import RequestWaits
from lamplighter_controller.processes import most_files

SHUTDOWN_S = 2
# Connections have at most this share of the files that the process may open.
FILES_SHARE = 0.25
MOST_FILES = 65_536
# So many are accepted in one go, whatever the door says to each of them afterwards.
BACKLOG = 64
TICKS_PER_S = 10
# How often is looked whether the certificate is to be renewed, or was.
CERTIFICATE_S = 2

log = logging.getLogger(__name__)


def open_door(host: str, port: int) -> Door:
    """Listen. Connections wait until the server runs.

    Raises:
        OSError: the address cannot be used.
    """
    most = min(MOST_CONNECTIONS, int(permit_files() * FILES_SHARE))
    door = Door(socket.AF_INET6 if ":" in host else socket.AF_INET, most)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError:
        door.close()
        raise
    door.listen(BACKLOG)
    return door


def permit_files() -> int:
    """As many open files as the machine permits this process; how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = most_files(MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return most if soft == resource.RLIM_INFINITY else soft


class HttpServer(uvicorn.Server):
    """Serves until it is told to stop, and puts out who takes too long.

    Args:
        certificate: for HTTPS; None: plain HTTP.
        each_second: called as long as requests are answered; it must not wait.
        refused: told of who is refused before there is a request; it must not wait.
    """

    def __init__(
        self,
        app: ASGIApp,
        door: Door,
        certificate: ApiCertificate | None = None,
        each_second: Callable[[], None] = lambda: None,
        refused: Refused = lambda _address, _reason: None,
    ) -> None:
        # What strangers send out of form must not fill the log.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        config = uvicorn.Config(
            RequestWaits(app, door),
            log_config=None,
            access_log=False,
            loop="asyncio",
            http=noting_protocol(refused),  # its headers end at 64 KiB
            ws="none",
            backlog=BACKLOG,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        if certificate is not None:
            config.load()
            config.ssl = certificate.context
            config.ssl.sslobject_class = noting_handshakes(
                lambda reason: refused(door.reading, f"TLS: {reason}")
            )
        super().__init__(config)
        self._door, self._certificate, self._trouble = door, certificate, ""
        self._each_second = each_second

    def serve_until_stopped(self) -> None:
        """On the caller's thread."""
        self.run(sockets=[self._door])

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if counter % TICKS_PER_S == 0:
            self._door.put_out_late()
            self._each_second()
        if counter % (CERTIFICATE_S * TICKS_PER_S) == 0:
            self._refresh_certificate()
        return await super().on_tick(counter)

    def _refresh_certificate(self) -> None:
        """What is wrong with a new one is told once."""
        trouble = ""
        try:
            if self._certificate is not None:
                self._certificate.refresh()
        except (SettingsError, OSError, ValueError) as error:
            trouble = str(error)
        if trouble and trouble != self._trouble:
            log.error("the API's certificate is not renewed: %s", trouble)
        self._trouble = trouble
