"""A program that receives webhooks: a real HTTP server that answers as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.simulators.local_http import listening


@dataclass
class Delivery:
    """What came."""

    path: str
    headers: Message
    body: bytes


class Receiver:
    """`answers` are the statuses of the next deliveries; then it takes all."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}/hook"
        self.answers: list[int] = []
        self.came: list[Delivery] = []
        self.location = ""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on this machine meanwhile."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.came.append(Delivery(self.path, self.headers, body))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            if receiver.location:
                self.send_header("location", receiver.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None: ...  # noqa: A002

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(server)
    with listening(server):
        yield receiver
