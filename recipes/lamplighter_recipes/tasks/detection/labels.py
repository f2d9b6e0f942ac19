"""Labelled pictures: COCO JSON beside JPEG files, as the renderer writes and users bring."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from lamplighter_wire.tasks.detection import CLASSES
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.average_precision import IGNORE, Boxes
from lamplighter_recipes.tasks.detection.coco import (
    CocoFile,
    coco_boxes,
    read_coco_file,
    size_of,
)

log = logging.getLogger(__name__)

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
        height, width = picture.shape[:2]
        if self.width and (width, height) != (self.width, self.height):
            raise RecipeError(
                f"{self.path} is {width}x{height}, its labels are of {self.width}x{self.height}",
                remedy="export pictures and labels together, with pictures turned upright",
            )
        return np.asarray(picture, dtype=np.uint8)


def load_labelled_frames(folder: Path) -> list[LabelledFrame]:
    """Read `annotations.json` of a folder; pictures that are not there yet are left out.

    Pictures lie in the folder itself or in its `images` folder.

    Raises:
        RecipeError: when the file is missing, damaged, or names none of our classes.
    """
    file = read_coco_file(folder / "annotations.json")
    left_out: Counter[str] = Counter()
    boxes = coco_boxes(file, _called(file), left_out)
    frames = []
    for key, entry in file.entries.items():
        path = _picture(folder, str(entry.get("file_name", "")))
        if path is None:
            left_out["picture that is not there"] += 1
            continue
        frames.append(_frame(path, entry, boxes.get(key, np.zeros((0, 5), np.float32))))
    if left_out:
        counted = ", ".join(f"{count}x {reason}" for reason, count in left_out.items())
        log.info("%s: left out: %s", file.path, counted)
    return frames


def read_coco(path: Path) -> dict[int, Boxes]:
    """Image id -> boxes [n,5] of a COCO file, in the file's order.

    Raises:
        RecipeError: when the file is missing, damaged, or names none of our classes.
    """
    file = read_coco_file(path)
    boxes = coco_boxes(file, _called(file), Counter())
    none = np.zeros((0, 5), np.float32)
    return {entry["id"]: boxes.get(key, none) for key, entry in file.entries.items()}


def _called(file: CocoFile) -> dict[str, str]:
    """Class of each category that is one of ours, whatever its case.

    Raises:
        RecipeError: none is.
    """
    names = {key: name.strip().lower() for key, name in file.names.items()}
    called = {key: name for key, name in names.items() if name in CLASSES}
    if not called:
        raise RecipeError(
            f"no category is one of {', '.join(CLASSES)}",
            file=str(file.path),
            remedy="rename its categories",
        )
    return called


def _picture(folder: Path, name: str) -> Path | None:
    """In the folder or its `images`, and nowhere else."""
    top = folder.resolve()
    for place in (folder / "images", folder):
        path = place / name.replace("\\", "/")
        if name and path.is_file() and path.resolve().is_relative_to(top):
            return path
    return None


def _frame(path: Path, entry: Mapping[str, Any], boxes: Boxes) -> LabelledFrame:
    width, height = size_of(entry) or _size_on_disk(path)
    return LabelledFrame(
        path=path,
        width=width,
        height=height,
        boxes=boxes,
        regime=str(entry.get("regime", "")),
        camera=str(entry.get("camera", "")),
    )


def _size_on_disk(path: Path) -> tuple[int, int]:
    """Of a picture whose entry does not say it."""
    height, width = LabelledFrame(path, 0, 0, np.zeros((0, 5), np.float32)).rgb().shape[:2]
    return width, height


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
