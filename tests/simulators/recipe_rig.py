"""A tiny detector and a handful of labelled frames, for tests of recipes and workshop."""

import json
from pathlib import Path

import cv2
import numpy as np
import torch
from lamplighter_recipes.building.calibration import chosen_frames, pictures
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.nanodet import (
    NanoDet,
    NanoDetArchitecture,
    StageWidths,
)
from lamplighter_recipes.tasks.detection.weights import save_parent
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.tasks.detection import CLASSES, TENSORS

TINY = NanoDetArchitecture(
    stem=8,
    stages=tuple(StageWidths(8, ((8, 8),), 8) for _ in range(4)),
    neck=8,
    heads=(8, 8, 8),
    classes=len(CLASSES),
)
PRUNABLE = NanoDetArchitecture(
    stem=8,
    stages=tuple(StageWidths(16, ((8, 8),), 16) for _ in range(4)),
    neck=16,
    heads=(16, 16, 16),
    classes=7,
)
REGIMES = ("day-dry-free", "night-dry-free")


def tiny_detector(seed: int = 0) -> Detector:
    """Random weights, large enough that the outputs vary over the picture."""
    torch.manual_seed(seed)
    net = NanoDet(TINY)
    for parameter in net.parameters():
        if parameter.dim() > 1:
            parameter.data *= 1.5
    return Detector(net).eval()


def write_frames(folder: Path, count: int, seed: int, width: int = 384, height: int = 288) -> None:
    """Noise with bright rectangles that are labelled as cars."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images, notes = [], []
    for number in range(1, count + 1):
        picture = rng.integers(0, 80, (height, width, 3), dtype=np.uint8)
        x, y = int(rng.integers(width - 60)), int(rng.integers(height - 40))
        picture[y : y + 40, x : x + 60] = 220
        cv2.imwrite(str(folder / "images" / f"{number}.jpg"), picture)
        size = {"width": width, "height": height, "regime": REGIMES[number % 2]}
        images.append({"id": number, "file_name": f"{number}.jpg", **size})
        notes.append({"image_id": number, "category_id": 1, "bbox": [x, y, 60, 40]})
    kinds = [{"id": i + 1, "name": name} for i, name in enumerate(CLASSES)]
    document = {"images": images, "annotations": notes, "categories": kinds}
    (folder / "annotations.json").write_text(json.dumps(document))


def materials(root: Path) -> Materials:
    """Everything a build needs, with the parents nanodet-full and nanodet-p50."""
    folders = Materials(
        *(root / n for n in ("weights", "calibration", "evaluation", "golden")), root / "cache"
    )
    for seed, name in enumerate(("nanodet-full", "nanodet-p50")):
        save_parent(tiny_detector(seed), name, folders.weights_dir)
    write_frames(folders.calibration_dir, 4, seed=1)
    write_frames(folders.evaluation_dir, 6, seed=2)
    write_frames(root / "pictures", 2, seed=3)
    folders.golden_dir.mkdir(exist_ok=True)
    for picture in (root / "pictures" / "images").glob("*.jpg"):
        picture.rename(folders.golden_dir / picture.name)
    return folders


def quantized(graph: Path, folders: Materials, target: Path, calibration: str = "") -> Path:
    """The 8-bit form of a graph, calibrated with the frames of `folders`."""
    frames = load_frames(folders.calibration_dir)
    ranges = measure_ranges(graph, TENSORS, pictures(chosen_frames(frames, calibration)))
    quantize_graph(graph, target, ranges, "u8")
    return target


def random_images(count: int, width: int, height: int) -> torch.Tensor:
    """uint8 [count, height, width, 3], the same each time."""
    generator = torch.Generator().manual_seed(0)
    size = (count, height, width, 3)
    return torch.randint(0, 256, size, dtype=torch.uint8, generator=generator)
