"""Classification's evaluator: whether the likeliest class is the labelled one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.tasks.classification import Classification
from lamplighter_wire.tasks.task import Answer, Outputs
from numpy.typing import NDArray

from lamplighter_recipes.tasks.classification.labels import LabelledScene, load_scenes
from lamplighter_recipes.tasks.frame_set import FrameSet


class ClassificationEvaluator:
    """A result is 1.0 for a right answer, else 0.0."""

    def __init__(self, task: Classification) -> None:
        self.task = task

    def load_frames(self, folder: Path) -> FrameSet:
        """Pictures with a class each."""
        return load_scenes(folder, self.task.classes)

    def decode(self, outputs: Outputs, width: int, height: int) -> Answer:
        """The likeliest classes."""
        return self.task.decode(outputs, width, height, {})

    def result(self, answer: Answer, frame: LabelledScene) -> float:
        """Whether the first one is right."""
        return float(len(answer) > 0 and int(answer[0, 0]) == frame.shows)

    def quality(self, results: Sequence[float]) -> float:
        """The share of right answers."""
        return float(np.mean(results)) if len(results) else 0.0

    def thresholds(
        self,
        results: Sequence[float],  # noqa: ARG002 - the seam's signature
        frames: FrameSet,  # noqa: ARG002
    ) -> dict[str, float]:
        """It has none: every answer names a class."""
        return {}

    def golden(self, answers: Sequence[Answer]) -> list[Answer]:
        """All of it."""
        return list(answers)

    def pack(self, results: Sequence[float]) -> Mapping[str, NDArray[Any]]:
        """As one array."""
        return {"right": np.array(results, np.float64)}

    def unpack(self, arrays: Mapping[str, NDArray[Any]]) -> list[float]:
        """Inverse of `pack`."""
        return [float(value) for value in arrays["right"]]
