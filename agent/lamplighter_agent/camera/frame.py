"""One picture of a camera, converted only when and to the size it is wanted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamplighter_agent.camera.decoding import video_library
from lamplighter_agent.errors import SourceError


class Scaler:
    """Scales pictures with swscale; keeps one context per size and thread."""

    def __init__(self) -> None:
        self._local = threading.local()

    def scale(self, image: Any, width: int, height: int) -> NDArray[np.uint8]:
        """RGB uint8 [height, width, 3] of a PyAV frame.

        Raises:
            SourceError: the picture cannot be converted.
        """
        contexts: dict[tuple[int, int], Any] | None = getattr(self._local, "contexts", None)
        if contexts is None:
            contexts = self._local.contexts = {}
        context = contexts.get((width, height))
        if context is None:
            context = contexts[width, height] = video_library().VideoReformatter()
        with _translating():
            scaled = context.reformat(image, width, height, "rgb24", threads=1)
            return np.ascontiguousarray(scaled.to_ndarray())


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the camera.

    index counts the source's own frames, also those nobody read. clip and clip_index say where a
    recorded frame comes from, so that it can be compared with labels.
    """

    index: int
    at: float  # wall time, seconds
    image: Any  # av.VideoFrame, decoded but not converted
    scaler: Scaler
    clip: str = ""
    clip_index: int = 0
    phase: str = ""

    @property
    def width(self) -> int:
        return int(self.image.width)

    @property
    def height(self) -> int:
        return int(self.image.height)

    def rgb(self, width: int, height: int) -> NDArray[np.uint8]:
        """The picture at a size, RGB uint8 [height, width, 3].

        Raises:
            SourceError: the picture cannot be converted.
        """
        return self.scaler.scale(self.image, width, height)

    def luma(self) -> NDArray[np.uint8]:
        """Brightness plane at camera size, uint8 [height, width]; a view where possible.

        Raises:
            SourceError: the picture cannot be converted.
        """
        image = self.image
        with _translating():
            if not image.format.name.startswith(("yuv", "gray", "nv12")):
                image = image.reformat(format="gray")
            plane = image.planes[0]
            rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            return rows[:, : plane.width]

    @property
    def luma_range(self) -> tuple[int, int]:
        """(black, white) of the brightness plane: video is usually 16 to 235."""
        image = self.image
        full = image.format.name.startswith(("yuvj", "rgb", "gray")) or image.color_range == 2
        return (0, 255) if full else (16, 235)


def frame_of(picture: bytes | NDArray[np.uint8], at: float = 0.0) -> Frame:
    """A frame from an encoded picture or from RGB uint8 [H, W, 3].

    Raises:
        SourceError: the bytes are not a picture.
    """
    av = video_library()
    if not isinstance(picture, bytes):
        return Frame(0, at, av.VideoFrame.from_ndarray(picture, format="rgb24"), Scaler())
    return Frame(0, at, av.decode_picture(picture), Scaler())


@contextmanager
def _translating() -> Iterator[None]:
    """A camera may give pictures that nobody can convert; that must not end who reads them."""
    try:
        yield
    except (video_library().Error, OSError, ValueError, IndexError) as error:
        raise SourceError(f"cannot convert the picture: {error!r}") from error
