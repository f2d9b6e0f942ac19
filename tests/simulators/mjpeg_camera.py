"""A camera that pushes JPEG pictures over HTTP: as slow, and as friendly, as it is told to be."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np

BOUNDARY = "picture"


def jpeg(width: int = 64, height: int = 48) -> bytes:
    """A grey picture."""
    held = io.BytesIO()
    with av.open(held, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p"
        picture = np.full((height, width, 3), 120, np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return held.getvalue()


@contextmanager
def mjpeg_camera(fps: float, status: int = 200) -> Iterator[str]:
    """Its address; with another status than 200 it gives that answer and no picture."""
    stopped, picture = threading.Event(), jpeg()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
            self.end_headers()
            part = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n"
            with suppress(OSError):
                while status == 200 and not stopped.wait(1 / fps):
                    self.wfile.write(part.encode() + b"\r\n" + picture + b"\r\n")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/live"
        finally:
            stopped.set()
            server.shutdown()
