"""COCO folders as real tools write them: CVAT, Label Studio, FiftyOne, and COCO itself.

Names of files may have folders in them, ids need not be contiguous, fields may be missing.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import cv2
import numpy as np
from lamplighter_wire.tasks.detection import CLASSES, REGIMES

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.classes import city_class
from lamplighter_recipes.own_models.data.dataset import Dataset, Sample
from lamplighter_recipes.tasks.detection.coco import coco_boxes, read_coco_file, size_of

# Where the tools put their labels, and their pictures.
LABEL_FILES = ("annotations.json", "labels.json", "result.json", "_annotations.coco.json")
LABEL_FOLDERS = ("annotations", ".")
PICTURE_FOLDERS = ("", "images", "data", "train", "val")
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


def label_files(folder: Path) -> list[Path]:
    """The files of labels in a folder; more than one is for the user to choose from."""
    for name in LABEL_FILES:
        if (folder / name).is_file():
            return [folder / name]
    for place in LABEL_FOLDERS:
        found = sorted((folder / place).glob("*.json"))
        if found:
            return found
    return []


def read_coco_folder(folder: Path, labels: Path, rename: Mapping[str, str]) -> Dataset:
    """Pictures and their boxes, in classes of the city; others are neither object nor street.

    Raises:
        RecipeError: the file cannot be read, or names no class of the city.
    """
    file = read_coco_file(labels)
    called = {key: city_class(name, rename) for key, name in file.names.items()}
    if not any(called.values()):
        raise RecipeError(
            f"none of its classes is the city's: {', '.join(file.names.values())}",
            file=str(labels),
            key="data",
            remedy="map some with --rename NAME=" + CLASSES[0],
        )
    left_out: Counter[str] = Counter()
    boxes = coco_boxes(file, called, left_out)
    places = _places(folder)
    samples = []
    for key, entry in file.entries.items():
        path = _find(places, str(entry.get("file_name", "")))
        if path is None:
            left_out["no picture of the entry"] += 1
            continue
        label = boxes.get(key, np.zeros((0, 5), np.float32))
        if not cv2.haveImageReader(str(path)):
            left_out["picture that cannot be read"] += 1
            continue
        samples.append(Sample(label, path, regime=_regime(entry), labelled_at=size_of(entry)))
    return Dataset(samples, list(file.names.values()), left_out)


def _regime(entry: Mapping[str, Any]) -> str:
    """As the entry says, where it is a street's."""
    regime = str(entry.get("regime") or "")
    return regime if regime in REGIMES else ""


def _places(folder: Path) -> dict[str, list[Path]]:
    """All pictures by name."""
    places: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in PICTURE_SUFFIXES:
            places.setdefault(path.name, []).append(path)
    return places


def _find(places: Mapping[str, list[Path]], name: str) -> Path | None:
    """The picture whose path ends as the entry says; the only one of its name otherwise."""
    parts = PurePosixPath(unquote(name).replace("\\", "/")).parts
    if not parts:
        return None
    found = places.get(parts[-1], [])
    for length in range(len(parts), 0, -1):
        fits = [path for path in found if path.parts[-length:] == parts[-length:]]
        if len(fits) == 1:
            return fits[0]
    return None
