"""How good a task's answers are on labelled frames: the seam between building and the task."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from lamplighter_wire.tasks.task import Answer, Outputs, Task
from numpy.typing import NDArray

from lamplighter_recipes.tasks.frame_set import Frame, FrameSet, bilinear

# Pictures uint8 [N, H, W, 3] -> the network's outputs by name.
Infer = Callable[[NDArray[np.uint8]], Outputs]


class Evaluator(Protocol):
    """Of one task. A result is what it makes of one frame's answer; only it knows what that is."""

    @property
    def task(self) -> Task: ...

    def load_frames(self, folder: Path) -> FrameSet:
        """The labelled frames of a folder.

        Raises:
            RecipeError: when the folder is not what it should be.
        """

    def decode(self, outputs: Outputs, width: int, height: int) -> Answer:
        """The answer to one picture of `width` x `height`, however unsure it is."""

    def result(self, answer: Answer, frame: Any) -> Any:
        """An answer, in the frame's own pixels, beside the label of a frame of its own kind."""

    def quality(self, results: Sequence[Any]) -> float:
        """The task's metric over frames, 0 to 1."""

    def thresholds(self, results: Sequence[Any], frames: FrameSet) -> dict[str, float]:
        """Best score threshold by regime, "" for all; empty where the task has none."""

    def golden(self, answers: Sequence[Answer]) -> list[Answer]:
        """Of the answers to the golden pictures, what a device must reproduce."""

    def pack(self, results: Sequence[Any]) -> Mapping[str, NDArray[Any]]:
        """Results as arrays, for a file."""

    def unpack(self, arrays: Mapping[str, NDArray[Any]]) -> list[Any]:
        """Inverse of `pack`."""


@runtime_checkable
class ClassEvaluator(Protocol):
    """What an evaluator may have besides: a metric that tells classes apart."""

    def class_quality(self, results: Sequence[Any]) -> float:
        """Mean of the metric over classes, 0 to 1."""


def class_quality(evaluator: Evaluator, results: Sequence[Any]) -> float | None:
    """The metric with classes told apart; None where a task has no such one."""
    if not isinstance(evaluator, ClassEvaluator):
        return None
    return evaluator.class_quality(results)


def answer_to(evaluator: Evaluator, infer: Infer, picture: NDArray[np.uint8]) -> Answer:
    """What a network answers to one picture [H, W, 3], in its pixels."""
    height, width = picture.shape[:2]
    single = {name: values[0] for name, values in infer(picture[None]).items()}
    return evaluator.decode(single, width, height)


def results_of(
    evaluator: Evaluator, infer: Infer, frames: Iterable[Frame], size: tuple[int, int]
) -> list[Any]:
    """Results on frames, computed at `size` (width, height)."""
    width, height = size
    results = []
    for frame in frames:
        answer = answer_to(evaluator, infer, bilinear(frame, width, height))
        answer = evaluator.task.scaled(answer, frame.width / width, frame.height / height)
        results.append(evaluator.result(answer, frame))
    return results
