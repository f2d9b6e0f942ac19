"""A real HTTP server on this machine, for simulators of what answers by HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POLL_S = 0.05


def answer_json(handler: BaseHTTPRequestHandler, status: int, content: Any = None) -> None:
    """Answer a request; None: without a body."""
    text = b"" if content is None else json.dumps(content).encode()
    handler.send_response(status)
    handler.send_header("content-length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text)


@contextmanager
def listening(server: ThreadingHTTPServer) -> Iterator[None]:
    """It answers meanwhile, and is closed at the end."""
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
