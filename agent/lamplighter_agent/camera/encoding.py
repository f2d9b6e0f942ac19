"""A camera's picture as a JPEG that is small enough to be sent."""

from fractions import Fraction
from typing import Any

from lamplighter_wire.policy.picture_limits import MOST_PICTURE_BYTES, fitted_size

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
    import av

    width, height = fitted_size(frame.width, frame.height)
    picture = av.VideoFrame.from_ndarray(frame.rgb(width, height), format="rgb24")
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
