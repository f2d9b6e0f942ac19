"""Sets of labelled frames of several regimes, and their pictures at the network's input size."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.labels import LabelledFrame, load_labelled_frames
from lamplighter_recipes.tasks.detection.training.augmentation import resize

# Decoded frames at input size that are kept between builds: 180 frames at three sizes.
MAX_CACHED_FRAMES = 600


@dataclass(frozen=True)
class FrameSet:
    """Frames of several regimes."""

    frames: tuple[LabelledFrame, ...]

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[LabelledFrame]:
        return iter(self.frames)

    @property
    def regimes(self) -> list[str]:
        """Regimes present, sorted."""
        return sorted({frame.regime for frame in self.frames})

    def spread(self, count: int) -> "FrameSet":
        """About `count` frames, as many of each regime."""
        each = max(1, count // max(1, len(self.regimes)))
        chosen: list[LabelledFrame] = []
        for regime in self.regimes:
            group = [frame for frame in self.frames if frame.regime == regime]
            chosen += group[:: max(1, len(group) // each)][:each]
        return FrameSet(tuple(chosen))

    def digest(self) -> str:
        """SHA-256 over names, labels and file sizes."""
        sha = hashlib.sha256()
        for frame in self.frames:
            sha.update(f"{frame.path.name} {frame.path.stat().st_size} {frame.regime}".encode())
            sha.update(frame.boxes.tobytes())
        return sha.hexdigest()


def load_frames(folder: Path) -> FrameSet:
    """Read a COCO folder in which every image has a regime.

    Raises:
        RecipeError: when annotations.json is missing or is not what it should be.
    """
    path = folder / "annotations.json"
    frames = load_labelled_frames(folder)
    if not frames:
        raise RecipeError("holds no images", file=str(path), remedy="name a folder with frames")
    if not all(frame.regime for frame in frames):
        raise RecipeError(
            "an image has no regime",
            file=str(path),
            key="images.regime",
            remedy="write for instance 'day-dry-free'",
        )
    return FrameSet(tuple(frames))


def bilinear(frame: LabelledFrame, width: int, height: int) -> NDArray[np.uint8]:
    """The frame's picture, uint8 [height, width, 3], as variants are calibrated and compared."""
    return read_resized(frame.path, width, height)


def area_averaged(frame: LabelledFrame, width: int, height: int) -> NDArray[np.uint8]:
    """The frame's picture, uint8 [height, width, 3], as parents are trained: shrunk by area."""
    return resize(frame.rgb(), frame.boxes, width, height)[0]


@lru_cache(maxsize=MAX_CACHED_FRAMES)
def read_resized(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    """Decode and resize a picture: uint8 [height, width, 3] RGB.

    Raises:
        RecipeError: when it is missing or damaged.
    """
    picture = cv2.imread(str(path))
    if picture is None:
        raise RecipeError("no readable picture", file=str(path), remedy="fetch or render it again")
    if picture.shape[:2] != (height, width):
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8, copy=False)
