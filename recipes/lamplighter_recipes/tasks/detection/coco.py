"""COCO files as real tools write them: ids are numbers or text, fields and boxes may be missing."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.tasks.detection import CLASSES

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.average_precision import IGNORE, Boxes

Corners = tuple[float, float, float, float]


@dataclass(frozen=True)
class CocoFile:
    """Names of categories and entries of pictures, each by id as text, and annotations."""

    path: Path
    names: Mapping[str, str]
    entries: Mapping[str, Mapping[str, Any]]
    annotations: Sequence[Mapping[str, Any]]


def read_coco_file(path: Path) -> CocoFile:
    """Some tools write ids as numbers in one place and as text in another.

    Raises:
        RecipeError: it cannot be read, or holds no pictures and categories.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        names = {
            str(entry["id"]): str(entry.get("name", entry["id"])) for entry in content["categories"]
        }
        entries = {_key(entry["id"]): entry for entry in content["images"]}
        annotations = [one for one in content.get("annotations") or [] if isinstance(one, dict)]
    except KeyError as error:
        raise _no_labels(path, f"{error} is missing") from error
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _no_labels(path, getattr(error, "strerror", None) or str(error)) from error
    return CocoFile(path, {_key(key): name for key, name in names.items()}, entries, annotations)


def coco_boxes(
    file: CocoFile, called: Mapping[str, str], left_out: "Counter[str]"
) -> dict[str, Boxes]:
    """Boxes [n, 5] of each picture that has some, by its id.

    Args:
        called: class of the city by category id; what is not there is neither object nor street.
        left_out: counts what could not be used, by reason.
    """
    rows: dict[str, list[list[float]]] = {}
    for entry in file.annotations:
        image = _key(entry.get("image_id"))
        if image not in file.entries:
            left_out["box of a picture that is not listed"] += 1
            continue
        box = corners(entry)
        if box is None:
            left_out["annotation without a box"] += 1
            continue
        name = "" if entry.get("iscrowd") else called.get(_key(entry.get("category_id")), "")
        index = float(CLASSES.index(name)) if name else IGNORE
        rows.setdefault(image, []).append([*box, index])
    boxes = {key: np.asarray(found, np.float32).reshape(-1, 5) for key, found in rows.items()}
    if boxes and all(float(found[:, :4].max()) <= 1.0 for found in boxes.values()):
        raise RecipeError(
            "its boxes are fractions of the picture",
            file=str(file.path),
            remedy="export them in pixels, as COCO has them",
        )
    return boxes


def corners(entry: Mapping[str, Any]) -> Corners | None:
    """Of the box, or of the outline where there is none; None without an area."""
    try:
        numbers = entry.get("bbox") or _around(entry.get("segmentation"))
        x, y, width, height = (float(value) for value in numbers)
    except (TypeError, ValueError):
        return None
    whole = isfinite(x + y + width + height)
    return (x, y, x + width, y + height) if whole and width > 0 and height > 0 else None


def size_of(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    """Width and height of the picture that the boxes are of, where the entry says it."""
    try:
        width, height = int(entry["width"]), int(entry["height"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return (width, height) if width > 0 and height > 0 else None


def _key(value: Any) -> str:
    """An id as text; 1.0 is 1."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _around(outline: Any) -> list[float]:
    """The box of an outline's polygons; empty where there are none."""
    if not isinstance(outline, list) or not outline:
        return []
    parts = outline if isinstance(outline[0], list) else [outline]
    points = np.concatenate([np.reshape(part, (-1, 2)) for part in parts])
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return [left, top, right - left, bottom - top]


def _no_labels(path: Path, why: str) -> RecipeError:
    remedy = (
        "name a folder of labelled pictures with images, annotations and categories in COCO form;"
        " `lamplighter scenes dataset` makes one"
    )
    return RecipeError(f"no COCO labels: {why}", file=str(path), key="data", remedy=remedy)
