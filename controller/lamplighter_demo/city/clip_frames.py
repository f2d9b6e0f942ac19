"""Pictures of clips with their truth, as a labelled set: about one of each second."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from lamplighter_scenes.clips import load_truth

from lamplighter_demo.city.footage import frames_of

LABELS = "annotations.json"
EACH_S = 1.0
QUALITY = 95  # of the pictures: the clip has lost more than they do


def write_frames(clips: Iterable[Path], folder: Path, each_s: float = EACH_S) -> Path:
    """A COCO folder of the clips' pictures, each with its camera and regime; kept if it is there.

    Raises:
        FileNotFoundError: a clip has no truth beside it.
    """
    if (folder / LABELS).exists():
        return folder
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for clip in clips:
        _add(clip, folder, each_s, images, labels)
    categories = [{"id": i + 1, "name": name} for i, name in enumerate(_classes(clips))]
    document = {"info": {}, "images": images, "annotations": labels, "categories": categories}
    (folder / LABELS).write_text(json.dumps(document))
    return folder


def _add(
    clip: Path,
    folder: Path,
    each_s: float,
    images: list[dict[str, Any]],
    labels: list[dict[str, Any]],
) -> None:
    truth = load_truth(clip)
    step = max(1, round(each_s * truth["fps"]))
    for number, picture in enumerate(frames_of(clip)):
        if number % step or number >= len(truth["frames"]):
            continue
        name = f"{clip.stem}-{number:05d}.jpg"
        pixels = np.ascontiguousarray(picture.to_ndarray(format="bgr24"))
        cv2.imwrite(str(folder / "images" / name), pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        about = {key: truth[key] for key in ("width", "height", "regime", "camera")}
        images.append({"id": len(images) + 1, "file_name": name, **about})
        first = len(labels)
        rows = enumerate(truth["frames"][number], first)
        labels += [_label(row, len(images), place) for place, row in rows]


def _label(row: list[float], image: int, number: int) -> dict[str, Any]:
    x1, y1, x2, y2, kind = row[:5]
    return {
        "id": number + 1,
        "image_id": image,
        "category_id": int(kind) + 1,
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": (x2 - x1) * (y2 - y1),
        "iscrowd": 0,
    }


def _classes(clips: Iterable[Path]) -> list[str]:
    names: list[str] = load_truth(next(iter(clips)))["classes"]
    return names
