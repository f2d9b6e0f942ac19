"""Boxes of operating points on frames of the day's clips: each is computed once, whoever asks."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.average_precision import Boxes
from lamplighter_recipes.tasks.detection.evaluation import detect, scaled
from lamplighter_recipes.tasks.detection.evaluator import evaluator_reading
from lamplighter_wire.rules.sizes import parse_size
from numpy.typing import NDArray

from lamplighter_demo.city.footage import frames_of
from lamplighter_demo.comparison.models import Model


class ClipPoint(NamedTuple):
    """An operating point, by its key, on a clip."""

    clip: Path
    key: str


class FrameBoxes(NamedTuple):
    """Boxes [n, 6] of a point on a frame, in camera pixels, however low their score."""

    key: str
    number: int
    boxes: Boxes


class ClipJob(NamedTuple):
    """What is wanted of a clip: it is decoded once for all points."""

    clip: Path
    wanted: Sequence[tuple[Model, str, Set[int]]]

    @property
    def inferences(self) -> int:
        return sum(len(numbers) for _, _, numbers in self.wanted)


Wanted = Mapping[ClipPoint, Set[int]]  # by point, numbers of frames
Told = Callable[[int, int], None]  # of inferences done, of how many


class Detections:
    """What the variants of a run find; `inferences` is how often a network has run for it."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = {model.key(w, h): model for model in models for w, h in model.sizes}
        self._found: dict[ClipPoint, dict[int, Boxes]] = {}
        self.inferences = 0

    @property
    def keys(self) -> list[str]:
        """Of all points that can be asked for."""
        return list(self._models)

    def boxes(self, point: ClipPoint, number: int) -> Boxes:
        """Boxes [n, 6] of a frame in camera pixels. Raises KeyError: nobody has added it."""
        return self._found[point][number]

    def add(self, wanted: Wanted, told: Told) -> None:
        """Compute what is missing of these frames, on all cores; frames that a clip does not have
        are left out."""
        jobs = sorted(self._jobs(wanted), key=lambda job: -job.inferences)
        total, done = sum(job.inferences for job in jobs), 0
        with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
            for job, found in zip(jobs, pool.map(_clip_boxes, jobs), strict=True):
                self._keep(job.clip, found)
                done += job.inferences
                told(done, total)

    def _jobs(self, wanted: Wanted) -> Iterator[ClipJob]:
        missing: dict[Path, list[tuple[Model, str, Set[int]]]] = {}
        for point, numbers in wanted.items():
            if new := numbers - self._found.get(point, {}).keys():
                entry = (self._models[point.key], point.key, new)
                missing.setdefault(point.clip, []).append(entry)
        return (ClipJob(clip, entries) for clip, entries in missing.items())

    def _keep(self, clip: Path, found: Sequence[FrameBoxes]) -> None:
        self.inferences += len(found)
        for key, number, boxes in found:
            self._found.setdefault(ClipPoint(clip, key), {})[number] = boxes


def _clip_boxes(job: ClipJob) -> list[FrameBoxes]:
    """Decode a clip as far as it is wanted; the networks see their frames in its order."""
    models = {model.variant: model for model, _, _ in job.wanted}
    networks = {variant: _Network(model) for variant, model in models.items()}
    last = max(max(numbers) for _, _, numbers in job.wanted)
    found = []
    for number, frame in zip(range(last + 1), frames_of(job.clip), strict=False):
        pictures = _Pictures(frame)
        for model, key, numbers in job.wanted:
            if number in numbers:
                boxes = networks[model.variant].boxes(pictures, key.rpartition("@")[2])
                found.append(FrameBoxes(key, number, boxes))
    return found


class _Pictures:
    """A frame at the sizes that networks take, each made once."""

    def __init__(self, frame: Any) -> None:
        self.width, self.height = frame.width, frame.height
        self._frame = frame
        self._made: dict[str, NDArray[np.uint8]] = {}

    def at(self, size: str) -> NDArray[np.uint8]:
        """RGB [height, width, 3]."""
        if size not in self._made:
            image = self._frame.reformat(*parse_size(size), "rgb24").to_ndarray()
            self._made[size] = np.ascontiguousarray(image)
        return self._made[size]


class _Network:
    """A variant as its runtime opens it."""

    def __init__(self, model: Model) -> None:
        self._task = evaluator_reading(model.decoder).task
        self._infer = find_runtime(model.runtime).open(model.path, self._task.tensors)

    def boxes(self, pictures: _Pictures, size: str) -> Boxes:
        """[n, 6] in camera pixels."""
        width, height = parse_size(size)
        found = detect(self._infer, pictures.at(size), self._task)
        return scaled(found, pictures.width / width, pictures.height / height)
