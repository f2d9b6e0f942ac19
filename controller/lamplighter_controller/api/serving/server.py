"""The API behind its port."""

import logging
import resource
import socket

import uvicorn
from starlette.types import ASGIApp

from lamplighter_controller.api.serving.door import MOST_CONNECTIONS, Door
from lamplighter_controller.api.serving.request_waits import RequestWaits
from lamplighter_controller.processes import most_files

SHUTDOWN_S = 2
# Connections have at most this share of the files that the process may open.
FILES_SHARE = 0.25
MOST_FILES = 65_536
# So many are accepted in one go, whatever the door says to each of them afterwards.
BACKLOG = 64
TICKS_PER_S = 10


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
    """Serves until it is told to stop, and puts out who takes too long."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        # What strangers send out of form must not fill the log.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        config = uvicorn.Config(
            RequestWaits(app, door),
            log_config=None,
            access_log=False,
            loop="asyncio",
            http="h11",  # its headers end at 64 KiB
            ws="none",
            backlog=BACKLOG,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        super().__init__(config)
        self._door = door

    def serve_until_stopped(self) -> None:
        """On the caller's thread."""
        self.run(sockets=[self._door])

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if counter % TICKS_PER_S == 0:
            self._door.put_out_late()
        return await super().on_tick(counter)
