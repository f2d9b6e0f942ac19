"""From somebody's data to materials: pictures to calibrate with, to judge by, and golden ones."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from lamplighter_wire.tasks.detection import CLASSES, JAM_OBJECTS

from lamplighter_recipes.own_models.data.dataset import Dataset, PictureArray, Sample
from lamplighter_recipes.tasks.classification.labels import FILE
from lamplighter_recipes.tasks.detection.average_precision import IGNORE

CALIBRATION_SHARE = 1 / 3
MOST_CALIBRATION = 60  # more move no range
GOLDEN = 8
GOLDEN_SIDE = 640  # pixels: golden pictures travel to every device
QUALITY = 95
LEAST_PICTURES = 6
SEED = 0
# As the device tells night from day: how dark a picture's shadows are.
DARK_PERCENT, NIGHT_BELOW = 10, 0.1
UNMAPPED = 0  # a category that is not listed: neither object nor street


def write_materials(data: Dataset, folder: Path, most: int) -> dict[str, int]:
    """Write `calibration`, `evaluation` and `golden`; how many pictures each has.

    The split is by chance, but always the same.
    """
    order = np.random.default_rng(SEED).permutation(len(data.samples))
    samples = [data.samples[place] for place in order]
    cut = max(1, int(len(samples) * CALIBRATION_SHARE))
    parts = {
        "calibration": samples[: min(cut, most, MOST_CALIBRATION)],
        "evaluation": samples[cut:][:most],
    }
    counts = {part: _write_part(folder / part, chosen) for part, chosen in parts.items()}
    return {**counts, "golden": _write_golden(folder / "golden", parts["calibration"])}


def regime_of(sample: Sample, picture: PictureArray) -> str:
    """As the sample says; else by the picture's light, and the street by its objects."""
    if sample.regime:
        return sample.regime
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    dark = float(np.percentile(luma, DARK_PERCENT)) / 255 < NIGHT_BELOW
    light = "night" if dark else "day"
    if isinstance(sample.label, str):
        return light
    objects = int((sample.label[:, 4] != IGNORE).sum())
    return f"{light}-dry-{'jam' if objects >= JAM_OBJECTS else 'free'}"


def _write_part(folder: Path, samples: Sequence[Sample]) -> int:
    (folder / "images").mkdir(parents=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, sample in enumerate(samples, 1):
        picture = sample.picture()
        if picture is None:
            continue
        name = f"{number:06d}.jpg"
        _save(folder / "images" / name, picture)
        height, width = picture.shape[:2]
        entry = {"id": number, "file_name": name, "width": width, "height": height}
        shown = {"class": sample.label} if isinstance(sample.label, str) else {}
        images.append({**entry, "regime": regime_of(sample, picture), **shown})
        if not shown:
            annotations += [_annotation(number, row) for row in sample.boxes_in(picture).tolist()]
    kinds = [{"id": index + 1, "name": name} for index, name in enumerate(CLASSES)]
    document = {"images": images, "annotations": annotations, "categories": kinds}
    (folder / FILE).write_text(json.dumps(document))
    return len(images)


def _annotation(image: int, row: list[float]) -> dict[str, Any]:
    x1, y1, x2, y2, label = row
    category = UNMAPPED if label == IGNORE else int(label) + 1
    return {"image_id": image, "category_id": category, "bbox": [x1, y1, x2 - x1, y2 - y1]}


def _write_golden(folder: Path, samples: Sequence[Sample]) -> int:
    folder.mkdir(parents=True)
    count = 0
    for sample in samples:
        picture = sample.picture()
        if picture is None or count == GOLDEN:
            continue
        scale = min(1.0, GOLDEN_SIDE / max(picture.shape[:2]))
        if scale < 1:
            picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale), np.uint8)
        _save(folder / f"{count:02d}.jpg", picture)
        count += 1
    return count


def _save(path: Path, picture: PictureArray) -> None:
    cv2.imwrite(str(path), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
