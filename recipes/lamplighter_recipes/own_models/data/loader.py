"""Data by a function of the user's: pairs of a picture and its label."""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from lamplighter_wire.tasks.detection import CLASSES

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.classes import city_class
from lamplighter_recipes.own_models.data.dataset import Dataset, Sample
from lamplighter_recipes.tasks.detection.average_precision import IGNORE


def read_loader(name: str, rename: Mapping[str, str], *, boxes: bool) -> Dataset:
    """What `module:function` gives: pictures [H, W, 3] uint8 RGB with a class's name each, or with
    a list of (x1, y1, x2, y2, class's name).

    Raises:
        RecipeError: there is no such function, or it gives something else.
    """
    module, _, function = name.partition(":")
    try:
        pairs = list(getattr(importlib.import_module(module), function)())
        samples = [_sample(picture, label, rename, boxes) for picture, label in pairs]
    except Exception as error:
        raise RecipeError(
            f"{name} gives no labelled pictures: {error!r}",
            key="data",
            remedy="return pairs of a uint8 picture [H, W, 3] and its label",
        ) from error
    words = {str(row[4]) for _, label in pairs for row in label} if boxes else None
    classes = words if words is not None else {str(sample.label) for sample in samples}
    return Dataset(samples, sorted(classes))


def _sample(picture: Any, label: Any, rename: Mapping[str, str], boxes: bool) -> Sample:
    pixels = np.asarray(picture)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"{pixels.dtype} {pixels.shape} is no picture")
    if not boxes:
        return Sample(rename.get(str(label), str(label)), pixels=pixels)
    rows = [[*map(float, row[:4]), _index(city_class(str(row[4]), rename))] for row in label]
    return Sample(np.asarray(rows, np.float32).reshape(-1, 5), pixels=pixels)


def _index(name: str) -> float:
    return float(CLASSES.index(name)) if name else IGNORE
