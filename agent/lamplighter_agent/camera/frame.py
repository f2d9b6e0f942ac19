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

SIDEWAYS = (90, 270)


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
    def rotation_deg(self) -> int:
        """By which the picture is turned anticlockwise to stand upright: 0, 90, 180 or 270."""
        return round(getattr(self.image, "rotation", 0) / 90) * 90 % 360

    @property
    def bits(self) -> int:
        """Of each colour, as the camera gives it."""
        return int(self.image.format.components[0].bits)

    @property
    def width(self) -> int:
        return int(self.image.height if self.rotation_deg in SIDEWAYS else self.image.width)

    @property
    def height(self) -> int:
        return int(self.image.width if self.rotation_deg in SIDEWAYS else self.image.height)

    def rgb(self, width: int, height: int) -> NDArray[np.uint8]:
        """The picture at a size, RGB uint8 [height, width, 3].

        Raises:
            SourceError: the picture cannot be converted.
        """
        turned = self.rotation_deg
        if turned in SIDEWAYS:
            width, height = height, width
        picture = self.scaler.scale(self.image, width, height)
        return np.ascontiguousarray(np.rot90(picture, turned // 90)) if turned else picture

    def luma(self) -> NDArray[np.uint8]:
        """Brightness plane at camera size, uint8 [height, width]; a view where possible.

        Raises:
            SourceError: the picture cannot be converted.
        """
        image = self.image
        with _translating():
            if not has_bytes_of_luma(image.format):
                image = image.reformat(format="yuv420p" if has_colours(image.format) else "gray")
            plane = image.planes[0]
            rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            return np.rot90(rows[:, : plane.width], self.rotation_deg // 90)

    @property
    def luma_range(self) -> tuple[int, int]:
        """(black, white) of the brightness plane: video is usually 16 to 235."""
        image = self.image
        is_full = image.format.name.startswith("yuvj") or not has_colours(image.format)
        full = is_full or image.color_range == 2
        return (0, 255) if full else (16, 235)


def has_bytes_of_luma(kind: Any) -> bool:
    """Whether the first plane of a format is brightness, a byte each; `kind` as PyAV has it."""
    first, *others = kind.components
    alone = all(other.plane != first.plane for other in others)
    return alone and first.bits == 8 and not kind.is_rgb and kind.name != "pal8"


def has_colours(kind: Any) -> bool:
    """Whether a format holds brightness and colours apart."""
    return len(kind.components) > 1 and not kind.is_rgb


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
