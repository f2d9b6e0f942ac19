"""Labelled pictures as somebody brings them, before they become materials."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

PictureArray = NDArray[np.uint8]  # [H, W, 3] RGB


@dataclass(frozen=True)
class Sample:
    """A picture, on disk or as an array, and its label: boxes [n, 5] of the city, or a class.

    `labelled_at`: width and height of the picture that the boxes are of, where that is known.
    """

    label: Any
    path: Path | None = None
    pixels: PictureArray | None = None
    regime: str = ""
    labelled_at: tuple[int, int] | None = None

    def picture(self) -> PictureArray | None:
        """Its pixels; None where it cannot be read."""
        if self.pixels is not None:
            return self.pixels
        read = cv2.imread(str(self.path), cv2.IMREAD_COLOR_RGB)
        return None if read is None else np.asarray(read, np.uint8)

    def boxes_in(self, picture: PictureArray) -> NDArray[np.float32]:
        """The boxes in pixels of a picture: it may have been made smaller since it was labelled."""
        if self.labelled_at is None:
            return np.asarray(self.label, np.float32)
        height, width = picture.shape[:2]
        across, down = width / self.labelled_at[0], height / self.labelled_at[1]
        return np.asarray(self.label * [across, down, across, down, 1], np.float32)


@dataclass(frozen=True)
class Dataset:
    """All samples.

    Attributes:
        classes: what the labels are called, in the data's own words.
        left_out: how many entries were not taken, by reason.
    """

    samples: Sequence[Sample]
    classes: Sequence[str]
    left_out: Mapping[str, int] = field(default_factory=Counter)


NO_DATA = Dataset([], [])
