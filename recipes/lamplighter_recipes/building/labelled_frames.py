"""Labelled frames on disk: `annotations.json` (COCO, each image with its regime) and `images/`."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.labels import load_samples

# Decoded frames at input size that are kept between builds: 180 frames at three sizes.
MAX_CACHED_FRAMES = 600


@dataclass(frozen=True)
class LabelledFrame:
    """One picture; boxes float32 [n, 5] are (x1, y1, x2, y2, class index) in its own pixels."""

    path: Path
    width: int
    height: int
    regime: str
    boxes: NDArray[np.float32] = field(repr=False)

    def rgb(self, width: int, height: int) -> NDArray[np.uint8]:
        """uint8 [height, width, 3], resized."""
        return read_rgb(self.path, width, height)

    def scaled_boxes(self, width: int, height: int) -> NDArray[np.float32]:
        """Boxes [n, 5] in pixels of the resized picture."""
        factor = np.array([width / self.width, height / self.height] * 2 + [1.0], np.float32)
        return np.asarray(self.boxes * factor, np.float32)


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
    samples = load_samples(folder)
    if not samples:
        raise RecipeError("holds no images", file=str(path), remedy="name a folder with frames")
    if not all(sample.regime for sample in samples):
        raise RecipeError(
            "an image has no regime",
            file=str(path),
            key="images.regime",
            remedy="write for instance 'day-dry-free'",
        )
    return FrameSet(
        tuple(LabelledFrame(s.path, s.width, s.height, s.regime, s.boxes) for s in samples)
    )


@lru_cache(maxsize=MAX_CACHED_FRAMES)
def read_rgb(path: Path, width: int, height: int) -> NDArray[np.uint8]:
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
