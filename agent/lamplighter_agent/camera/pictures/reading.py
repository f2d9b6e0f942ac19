"""One picture from its bytes."""

import io
from pathlib import Path
from typing import Any

import numpy as np

from lamplighter_agent.camera.pictures.orientation import AS_STORED, orientation_of, upright
from lamplighter_agent.errors import SourceError


def decode_picture(data: bytes | Path) -> Any:
    """An av.VideoFrame from a JPEG or PNG, upright whatever way the camera was held.

    Raises:
        SourceError: the bytes are not a picture.
    """
    import av

    try:
        stored = data if isinstance(data, bytes) else data.read_bytes()
        with av.open(io.BytesIO(stored), mode="r") as container:
            image = next(iter(container.decode(video=0)))
            orientation = orientation_of(stored)
            if orientation == AS_STORED:
                return image
            pixels = np.asarray(image.to_ndarray(format="rgb24"), np.uint8)
            seen = upright(pixels, orientation)
            return av.VideoFrame.from_ndarray(seen, format="rgb24")
    except (av.FFmpegError, OSError, ValueError, StopIteration, IndexError) as error:
        raise SourceError(f"cannot read the picture: {error!r}") from error
