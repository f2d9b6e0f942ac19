"""COCO folders as real tools write them: CVAT, Label Studio, FiftyOne, and COCO itself.

Names of files may have folders in them, ids need not be contiguous, fields may be missing.
"""

import json
from collections import Counter
from collections.abc import Mapping
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import cv2
import numpy as np
from lamplighter_wire.tasks.detection import CLASSES, REGIMES

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.classes import city_class
from lamplighter_recipes.own_models.data.dataset import Dataset, Sample
from lamplighter_recipes.tasks.detection.average_precision import IGNORE

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
    names, entries, annotations = _content(labels)
    called = {key: city_class(name, rename) for key, name in names.items()}
    if not any(called.values()):
        raise RecipeError(
            f"none of its classes is the city's: {', '.join(names.values())}",
            file=str(labels),
            key="data",
            remedy="map some with --rename NAME=" + CLASSES[0],
        )
    left_out: Counter[str] = Counter()
    boxes = _boxes(annotations, entries, called, left_out)
    places = _places(folder)
    samples = []
    for key, entry in entries.items():
        path = _find(places, str(entry.get("file_name", "")))
        if path is None:
            left_out["no picture of the entry"] += 1
            continue
        label = np.asarray(boxes.get(key, []), np.float32).reshape(-1, 5)
        if not cv2.haveImageReader(str(path)):
            left_out["picture that cannot be read"] += 1
            continue
        samples.append(Sample(label, path, regime=_regime(entry), labelled_at=_size(entry)))
    return Dataset(samples, list(names.values()), left_out)


def _content(labels: Path) -> tuple[dict[str, str], dict[str, Mapping[str, Any]], list[Any]]:
    """Names of categories and entries of pictures, each by id, and annotations. Some tools write
    ids as numbers in one place and as text in another."""
    try:
        content = json.loads(labels.read_text(encoding="utf-8-sig"))
        names = {
            str(entry["id"]): str(entry.get("name", entry["id"])) for entry in content["categories"]
        }
        entries = {str(entry["id"]): entry for entry in content["images"]}
        annotations = [one for one in content.get("annotations") or [] if isinstance(one, dict)]
    except KeyError as error:
        raise _no_labels(labels, f"{error} is missing") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _no_labels(labels, str(error)) from error
    return names, entries, annotations


def _no_labels(labels: Path, why: str) -> RecipeError:
    remedy = "export them as COCO: images, annotations and categories"
    return RecipeError(f"no COCO labels: {why}", file=str(labels), key="data", remedy=remedy)


def _boxes(
    annotations: list[Any],
    entries: Mapping[Any, Any],
    called: Mapping[Any, str],
    left_out: "Counter[str]",
) -> dict[Any, list[list[float]]]:
    rows: dict[Any, list[list[float]]] = {}
    for entry in annotations:
        image = str(entry.get("image_id"))
        if image not in entries:
            left_out["box of a picture that is not listed"] += 1
            continue
        box = _corners(entry)
        if box is None:
            left_out["annotation without a box"] += 1
            continue
        name = "" if entry.get("iscrowd") else called.get(str(entry.get("category_id")), "")
        index = float(CLASSES.index(name)) if name else IGNORE
        rows.setdefault(image, []).append([*box, index])
    return rows


def _corners(entry: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Of the box, or of the outline where there is none; None without an area."""
    try:
        numbers = entry.get("bbox") or _around(entry.get("segmentation"))
        x, y, width, height = (float(value) for value in numbers)
    except (TypeError, ValueError):
        return None
    whole = isfinite(x + y + width + height)
    return (x, y, x + width, y + height) if whole and width > 0 and height > 0 else None


def _around(outline: Any) -> list[float]:
    """The box of an outline's polygons; empty where there are none."""
    if not isinstance(outline, list) or not outline:
        return []
    parts = outline if isinstance(outline[0], list) else [outline]
    points = np.concatenate([np.reshape(part, (-1, 2)) for part in parts])
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return [left, top, right - left, bottom - top]


def _regime(entry: Mapping[str, Any]) -> str:
    """As the entry says, where it is a street's."""
    regime = str(entry.get("regime") or "")
    return regime if regime in REGIMES else ""


def _size(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    """Width and height of the picture that the boxes are of, where the entry says it."""
    try:
        width, height = int(entry["width"]), int(entry["height"])
    except (KeyError, TypeError, ValueError):
        return None
    return (width, height) if width > 0 and height > 0 else None


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
