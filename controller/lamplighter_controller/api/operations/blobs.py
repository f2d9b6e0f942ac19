"""Blobs over HTTP, for devices to which the broker's road is closed or slow."""

from fastapi import Request
from fastapi.responses import Response

from lamplighter_controller.api.access import services
from lamplighter_controller.api.parameters import BlobPath, RangeHeader
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.errors import TooOftenError, UnauthorisedError

ZSTD = "application/zstd"
ALWAYS = "private, max-age=31536000, immutable"  # whatever has this name has these bytes

routes = Routes("devices")


@routes.get("/blobs/{sha}", role="", media_type=ZSTD, refusals=(UnauthorisedError, TooOftenError))
def fetch_blob(request: Request, sha: BlobPath, range: RangeHeader = "bytes=0-") -> Response:  # noqa: A002
    """A chunk, a signed manifest or a delta that a device was ordered, as one zstd frame.

    The device shows its certificate, and a signature over the request, in Authorization. With a
    range it goes on where a connection broke (206); the frame is the same each time, as its ETag.
    """
    frame = services(request).blobs.blob(request.headers.get("authorization", ""), sha)
    headers = {"ETag": f'"{sha}"', "Accept-Ranges": "bytes", "Cache-Control": ALWAYS}
    if "range" not in request.headers:
        return Response(frame, 200, headers, media_type=ZSTD)
    begin, end = _bounds(range, len(frame))
    if begin >= end:
        return Response(b"", 416, headers | {"Content-Range": f"bytes */{len(frame)}"})
    part = headers | {"Content-Range": f"bytes {begin}-{end - 1}/{len(frame)}"}
    return Response(frame[begin:end], 206, part, media_type=ZSTD)


def _bounds(text: str, size_bytes: int) -> tuple[int, int]:
    """First byte, and the one after the last."""
    first, _, last = text.removeprefix("bytes=").partition("-")
    return int(first), min(size_bytes, int(last) + 1 if last else size_bytes)
