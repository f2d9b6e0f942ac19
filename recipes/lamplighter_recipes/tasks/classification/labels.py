"""Labelled pictures of whole scenes: `annotations.json` with a class for each picture."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.frame_set import FrameSet, frame_set

FILE = "annotations.json"


@dataclass(frozen=True)
class LabelledScene:
    """A picture and what it shows, as an index of the answer's classes."""

    path: Path
    width: int
    height: int
    shows: int
    regime: str = ""

    @property
    def label(self) -> NDArray[np.int64]:
        """The class."""
        return np.array([self.shows], np.int64)


def load_scenes(folder: Path, classes: tuple[str, ...]) -> FrameSet:
    """The labelled pictures of a folder.

    Raises:
        RecipeError: the file is missing or damaged, or tells of other classes.
    """
    path = folder / FILE
    try:
        document = json.loads(path.read_text())
        scenes = [
            LabelledScene(
                folder / "images" / entry["file_name"],
                int(entry["width"]),
                int(entry["height"]),
                classes.index(entry["class"]),
                str(entry["regime"]),
            )
            for entry in document["images"]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecipeError(
            f"cannot be used: {error!r}", file=str(path), remedy="add the model and its data again"
        ) from error
    return frame_set(scenes, path)
