"""Labelled pictures: COCO JSON beside JPEG files, as the renderer writes and users bring."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from lamplighter_wire.tasks.detection import CLASSES
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.average_precision import IGNORE, Boxes

Image = NDArray[np.uint8]
RARE_SHARE = 0.3  # classes in fewer pictures are shown more often


@dataclass(frozen=True)
class LabelledFrame:
    """One picture: `boxes` [n, 5] are (x1, y1, x2, y2, class) in its pixels.

    `image` holds the pixels (RGB) of frames that have no file of their own.
    """

    path: Path
    width: int
    height: int
    boxes: Boxes
    regime: str = ""
    camera: str = ""
    image: Image | None = field(default=None, compare=False, repr=False)

    @property
    def label(self) -> Boxes:
        """The boxes."""
        return self.boxes

    def rgb(self) -> Image:
        """The picture, uint8 [H,W,3] RGB.

        Raises:
            RecipeError: when the file cannot be read.
        """
        if self.image is not None:
            return self.image
        picture = cv2.imread(str(self.path), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise RecipeError(f"{self.path} is not a readable picture")
        return np.asarray(picture, dtype=np.uint8)


def load_labelled_frames(folder: Path) -> list[LabelledFrame]:
    """Read `annotations.json` of a folder; pictures that are not there yet are left out.

    Pictures lie in the folder itself or in its `images` folder.

    Raises:
        RecipeError: when the file is missing, damaged, or names none of our classes.
    """
    path = folder / "annotations.json"
    content, boxes = _read(path)
    try:
        frames = [_frame(folder, entry, boxes[entry["id"]]) for entry in content["images"]]
    except (ValueError, KeyError, TypeError) as error:
        raise RecipeError(
            f"not COCO JSON: {error!r}", file=str(path), remedy="name a folder with COCO labels"
        ) from error
    return [frame for frame in frames if frame.path.exists()]


def read_coco(path: Path) -> dict[int, Boxes]:
    """Image id -> boxes [n,5] of a COCO file, in the file's order.

    Raises:
        RecipeError: when the file is missing, damaged, or names none of our classes.
    """
    return _read(path)[1]


def _read(path: Path) -> tuple[dict[str, Any], dict[int, Boxes]]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        index_of = _class_indices(content["categories"])
        rows: dict[int, list[list[float]]] = {entry["id"]: [] for entry in content["images"]}
        for entry in content["annotations"]:
            rows[entry["image_id"]].append(_box(entry, index_of))
    except OSError as error:
        raise RecipeError(
            f"cannot be read: {error.strerror}",
            file=str(path),
            remedy="name a folder of labelled pictures; `lamplighter scenes dataset` makes one",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise RecipeError(
            f"not COCO JSON: {error!r}", file=str(path), remedy="name a folder with COCO labels"
        ) from error
    return content, {key: np.asarray(r, np.float32).reshape(-1, 5) for key, r in rows.items()}


def _class_indices(categories: list[dict[str, Any]]) -> dict[int, float]:
    names = {entry["id"]: entry["name"] for entry in categories if entry["name"] in CLASSES}
    if not names:
        raise ValueError(f"no category is one of {', '.join(CLASSES)}")
    return {key: float(CLASSES.index(name)) for key, name in names.items()}


def _box(entry: dict[str, Any], index_of: dict[int, float]) -> list[float]:
    x, y, width, height = entry["bbox"]
    label = IGNORE if entry.get("iscrowd") else index_of.get(entry["category_id"], IGNORE)
    return [x, y, x + width, y + height, label]


def _frame(folder: Path, entry: dict[str, Any], boxes: Boxes) -> LabelledFrame:
    inner = folder / "images" / entry["file_name"]
    return LabelledFrame(
        path=inner if inner.exists() else folder / entry["file_name"],
        width=int(entry["width"]),
        height=int(entry["height"]),
        boxes=boxes,
        regime=str(entry.get("regime", "")),
        camera=str(entry.get("camera", "")),
    )


def repeat_weights(frames: list[LabelledFrame]) -> NDArray[np.float64]:
    """Sampling probabilities that show pictures of rare classes more often.

    Repeat-factor sampling (Gupta et al., LVIS, CVPR 2019): a class in a share f of the pictures
    weighs sqrt(RARE_SHARE / f), at least 1; a picture weighs as its rarest class.
    """
    present = [set(frame.boxes[:, 4].tolist()) - {IGNORE} for frame in frames]
    share = Counter(label for labels in present for label in labels)
    factor = {k: max(1.0, np.sqrt(RARE_SHARE * len(frames) / n)) for k, n in share.items()}
    weights = np.array([max((factor[k] for k in labels), default=1.0) for labels in present])
    return np.asarray(weights / weights.sum(), dtype=np.float64)
