"""Serves chunks to neighbours on the local network, where the device's owner permits it."""

import logging
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lamplighter_wire.blobs import compress
from lamplighter_wire.errors import SettingsError, WireError
from lamplighter_wire.https.device_credential import BLOB_PATH, ORDER_HEADER

from lamplighter_agent.errors import AgentError, RefusedError

log = logging.getLogger(__name__)

# Beyond these a neighbour is sent away, and has its chunks by another road.
MOST_CONNECTIONS = 8
IDLE_S = 10.0
_PATH = re.compile(re.escape(BLOB_PATH) + r"([0-9a-f]{64})")
_RANGE = re.compile(r"bytes=([0-9]{1,9})-")
Chunk = Callable[[str, str, str], bytes]


class NeighbourServer:
    """An HTTP server on a thread of its own.

    Args:
        chunk: gives a chunk by credential, order and hash; see `NeighbourOrders`.
        bytes_per_s: what all neighbours together get at most.
    """

    def __init__(self, address: tuple[str, int], chunk: Chunk, bytes_per_s: float) -> None:
        self._pace = _Pace(bytes_per_s)
        self._server = _Server(address, chunk, self._pace)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="neighbours", daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def served_bytes(self) -> int:
        return self._pace.taken_bytes

    def start(self) -> None:
        self._thread.start()
        log.info("neighbours may fetch at port %d", self.port)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(IDLE_S)


class _Pace:
    """No more than so many bytes a second, over all connections."""

    def __init__(self, bytes_per_s: float) -> None:
        self._bytes_per_s, self._free_at = bytes_per_s, 0.0
        self._lock = threading.Lock()
        self.taken_bytes = 0

    def take(self, count: int) -> None:
        """Returns when so many may be sent."""
        with self._lock:
            now = time.monotonic()
            begin, self._free_at = (
                max(now, self._free_at),
                max(now, self._free_at) + count / self._bytes_per_s,
            )
            self.taken_bytes += count
        time.sleep(begin - now)


class _Server(ThreadingHTTPServer):
    daemon_threads, allow_reuse_address = True, True

    def __init__(self, address: tuple[str, int], chunk: Chunk, pace: _Pace) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.chunk, self.pace = chunk, pace
        self._room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        try:
            super().__init__(address, _Handler)
        except OSError as error:
            host, port = address
            text = f"serve_neighbours: cannot listen at {host}:{port}: {error.strerror or error}"
            raise SettingsError(text) from error

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        log.debug("a neighbour's connection ended")


class _Handler(BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", IDLE_S
    server: _Server

    def do_GET(self) -> None:
        match = _PATH.fullmatch(self.path)
        credential = self.headers.get("Authorization", "")
        order = self.headers.get(ORDER_HEADER, "")
        try:
            frame = compress(self.server.chunk(credential, order, match[1])) if match else None
        except RefusedError:
            self._answer(HTTPStatus.UNAUTHORIZED)
        except (WireError, AgentError):
            self._answer(HTTPStatus.NOT_FOUND)
        else:
            if frame is None:
                self._answer(HTTPStatus.NOT_FOUND)
            else:
                self._send(frame)

    def _send(self, frame: bytes) -> None:
        wanted = _RANGE.fullmatch(self.headers.get("Range", ""))
        begin = int(wanted[1]) if wanted else 0
        if begin and begin >= len(frame):
            self._answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return
        self.server.pace.take(len(frame) - begin)
        self._answer(HTTPStatus.PARTIAL_CONTENT if wanted else HTTPStatus.OK, frame[begin:])

    def _answer(self, status: HTTPStatus, content: bytes = b"") -> None:
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        log.debug(format, *args)
