"""Labelled frames of a street, as a set, and as parents see them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.tasks.detection.labels import LabelledFrame, load_labelled_frames
from lamplighter_recipes.tasks.detection.training.augmentation import resize
from lamplighter_recipes.tasks.frame_set import FrameSet, frame_set


def load_frames(folder: Path) -> FrameSet:
    """Read a COCO folder in which every image has a regime.

    Raises:
        RecipeError: when annotations.json is missing or is not what it should be.
    """
    return frame_set(load_labelled_frames(folder), folder / "annotations.json")


def area_averaged(frame: LabelledFrame, width: int, height: int) -> NDArray[np.uint8]:
    """The frame's picture, uint8 [height, width, 3], as parents are trained: shrunk by area."""
    return resize(frame.rgb(), frame.boxes, width, height)[0]
