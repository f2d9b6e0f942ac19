"""Boxes of a variant on every frame of a clip, kept on disk: trackers are compared on them."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.average_precision import Boxes
from lamplighter_recipes.tasks.detection.evaluation import detect, scaled
from lamplighter_recipes.tasks.detection.evaluator import evaluator_reading
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.sizes import parse_size

from lamplighter_demo.city.footage import frames_of

DIGEST_DIGITS = 12


@dataclass(frozen=True)
class Detector:
    """A built variant; `runtime` opens its file."""

    name: str
    path: Path
    runtime: str
    card: VariantCard


class ClipBoxes:
    """Of one folder: what is known by variant, size and clip is not computed again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def boxes(self, detector: Detector, size: str, clip: Path) -> list[Boxes]:
        """All boxes [n, 6] of each frame in camera pixels, however low their score."""
        key = f"{detector.card.id}-{_digest(detector.path)}-{size}-{clip.stem}-{_digest(clip)}"
        path = self._folder / f"{key}.npz"
        if not path.exists():
            _write(path, list(_computed(detector, size, clip)))
        return _read(path)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGEST_DIGITS]


def _computed(detector: Detector, size: str, clip: Path) -> Iterator[Boxes]:
    task = evaluator_reading(detector.card.decoder).task
    infer = find_runtime(detector.runtime).open(detector.path, task.tensors)
    width, height = parse_size(size)
    for frame in frames_of(clip):
        image = np.ascontiguousarray(frame.reformat(width, height, "rgb24").to_ndarray())
        yield scaled(detect(infer, image, task), frame.width / width, frame.height / height)


def _write(path: Path, boxes: Sequence[Boxes]) -> None:
    file = io.BytesIO()
    lengths = np.array([len(one) for one in boxes])
    np.savez_compressed(file, boxes=np.concatenate(boxes), lengths=lengths)
    write_atomically(path, [file.getvalue()])


def _read(path: Path) -> list[Boxes]:
    with np.load(path) as arrays:
        return np.split(arrays["boxes"], np.cumsum(arrays["lengths"])[:-1])
