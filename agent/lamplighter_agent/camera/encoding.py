"""A camera's picture as a JPEG that is small enough to be sent."""

from fractions import Fraction
from typing import Any

import numpy as np
from lamplighter_wire.policy.picture_limits import MOST_PICTURE_BYTES, fitted_size
from numpy.typing import NDArray

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.errors import SourceError

FORMAT = "yuvj420p"
# Of the encoder, from fine to coarse; the first that gives few enough bytes is taken.
QUANTISERS = (3, 5, 8, 13, 21, 31)


def jpeg_of(frame: Frame, most_bytes: int = MOST_PICTURE_BYTES) -> bytes:
    """The frame, no larger than pictures may be.

    Raises:
        SourceError: it cannot be encoded, or not in so few bytes.
    """
    width, height = fitted_size(frame.width, frame.height)
    return jpeg_of_rgb(frame.rgb(width, height), most_bytes)


def jpeg_of_rgb(pixels: NDArray[np.uint8], most_bytes: int = MOST_PICTURE_BYTES) -> bytes:
    """RGB [height, width, 3] of even sides as a JPEG of so many bytes at most.

    Raises:
        SourceError: it cannot be encoded, or not in so few bytes.
    """
    import av

    height, width = pixels.shape[:2]
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    try:
        fitting = picture.reformat(width, height, FORMAT)
        for quantiser in QUANTISERS:
            data = _encoded(fitting, quantiser)
            if len(data) <= most_bytes:
                return data
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SourceError(f"cannot encode the picture: {error!r}") from error
    raise SourceError(f"a picture of {width}x{height} takes more than {most_bytes} bytes")


def _encoded(picture: Any, quantiser: int) -> bytes:
    import av

    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = picture.width, picture.height
    encoder.pix_fmt, encoder.time_base = FORMAT, Fraction(1, 1)
    encoder.qmin = encoder.qmax = quantiser
    packets = [*encoder.encode(picture), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
