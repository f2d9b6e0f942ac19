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
    """A picture, on disk or as an array, and its label: boxes [n, 5] of the city, or a class."""

    label: Any
    path: Path | None = None
    pixels: PictureArray | None = None
    regime: str = ""

    def picture(self) -> PictureArray | None:
        """Its pixels; None where it cannot be read."""
        if self.pixels is not None:
            return self.pixels
        read = cv2.imread(str(self.path), cv2.IMREAD_COLOR_RGB)
        return None if read is None else np.asarray(read, np.uint8)


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
