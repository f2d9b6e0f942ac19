"""A controller's answer to what time it is, by any clock and key, over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import msgspec
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import ToldTime
from lamplighter_wire.signing import SigningKey, sign


@contextmanager
def telling(time: Callable[[], float], key: SigningKey, nonce: str = "") -> Iterator[str]:
    """The address at which it answers meanwhile; `nonce`: of somebody else's question."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)["nonce"][0]
            told = encode(ToldTime(nonce=nonce or asked, at=time()))
            content = msgspec.json.encode(sign(told, key))
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
