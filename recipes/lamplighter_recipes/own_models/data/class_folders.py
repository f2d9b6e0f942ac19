"""Pictures of whole scenes: one folder for each class."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import cv2

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.data.coco import PICTURE_SUFFIXES
from lamplighter_recipes.own_models.data.dataset import Dataset, Sample


def read_class_folders(folder: Path, rename: Mapping[str, str]) -> Dataset:
    """Pictures below folders that are named by their class.

    Raises:
        RecipeError: there are fewer than two classes.
    """
    samples = []
    left_out: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)  # such as .ipynb_checkpoints
        if path.suffix.lower() in PICTURE_SUFFIXES and len(relative.parts) > 1 and not hidden:
            if not cv2.haveImageReader(str(path)):
                left_out["picture that cannot be read"] += 1
                continue
            name = relative.parts[0]
            samples.append(Sample(rename.get(name, name), path))
    classes = sorted({str(sample.label) for sample in samples})
    if len(classes) < 2:
        raise RecipeError(
            f"holds pictures of {len(classes)} classes",
            file=str(folder),
            key="data",
            remedy="put the pictures of each class into a folder of its name",
        )
    return Dataset(samples, classes, left_out)
