"""Sets of labelled frames of several regimes, and their pictures at the network's input size."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError

# Decoded frames at input size that are kept between builds: 180 frames at three sizes.
MAX_CACHED_FRAMES = 600

T = TypeVar("T")


class Frame(Protocol):
    """A picture with a label, whatever the label is."""

    @property
    def path(self) -> Path: ...

    @property
    def width(self) -> int:
        """Of the picture, in pixels."""

    @property
    def height(self) -> int: ...

    @property
    def regime(self) -> str:
        """As the task names it; empty: not known."""

    @property
    def label(self) -> NDArray[Any]:
        """What a network should answer."""


@dataclass(frozen=True)
class FrameSet:
    """Frames of several regimes, of one task."""

    frames: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.frames)

    @property
    def regimes(self) -> list[str]:
        """Regimes present, sorted."""
        return sorted({frame.regime for frame in self.frames})

    def spread(self, count: int) -> "FrameSet":
        """About `count` frames, as many of each regime."""
        each = max(1, count // max(1, len(self.regimes)))
        chosen: list[Frame] = []
        for regime in self.regimes:
            group = [frame for frame in self.frames if frame.regime == regime]
            chosen += group[:: max(1, len(group) // each)][:each]
        return FrameSet(tuple(chosen))

    def digest(self) -> str:
        """SHA-256 over names, labels and file sizes."""
        sha = hashlib.sha256()
        for frame in self.frames:
            sha.update(f"{frame.path.name} {frame.path.stat().st_size} {frame.regime}".encode())
            sha.update(frame.label.tobytes())
        return sha.hexdigest()


def frame_set(frames: Iterable[Frame], path: Path) -> FrameSet:
    """The frames that a file labels, each with a regime.

    Raises:
        RecipeError: there are none, or one has no regime.
    """
    chosen = tuple(frames)
    if not chosen:
        raise RecipeError("holds no images", file=str(path), remedy="name a folder with frames")
    if not all(frame.regime for frame in chosen):
        raise RecipeError(
            "an image has no regime",
            file=str(path),
            key="images.regime",
            remedy="write for instance 'day-dry-free'",
        )
    return FrameSet(chosen)


def by_regime(values: Iterable[T], frames: Iterable[Frame]) -> dict[str, list[T]]:
    """One value per frame, parted by the frames' regimes, in their order.

    Frames without a regime are left out.
    """
    groups: dict[str, list[T]] = {}
    for value, frame in zip(values, frames, strict=True):
        groups.setdefault(frame.regime, []).append(value)
    return {regime: groups[regime] for regime in sorted(groups) if regime}


def bilinear(frame: Frame, width: int, height: int) -> NDArray[np.uint8]:
    """The frame's picture, uint8 [height, width, 3], as variants are calibrated and compared."""
    return read_resized(frame.path, width, height)


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
