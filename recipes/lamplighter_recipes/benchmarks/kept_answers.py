"""A variant's boxes on a set of frames, kept on disk: a benchmark that was stopped goes on."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.sizes import parse_size

from lamplighter_recipes.tasks.detection.average_precision import Boxes
from lamplighter_recipes.tasks.detection.evaluator import DetectionEvaluator
from lamplighter_recipes.tasks.evaluator import Infer, answer_to
from lamplighter_recipes.tasks.frame_set import FrameSet, bilinear

DIGEST_DIGITS = 12


class KeptAnswers:
    """Of one folder; what is known by variant, artifact, frames and size is not computed again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def boxes(
        self,
        variant: str,
        infer: Infer,
        evaluator: DetectionEvaluator,
        frames: FrameSet,
        size: str,
    ) -> list[Boxes]:
        """Boxes [n, 6] of each frame in its own pixels, computed at `size`.

        Args:
            variant: tells artifacts apart: name and the beginning of a hash.
            evaluator: reads its outputs.
        """
        digest = frames.digest()[:DIGEST_DIGITS]
        path = self._folder / f"{variant}-{digest}-{size}.npz"
        if path.exists():
            with np.load(path) as arrays:
                return np.split(arrays["boxes"], np.cumsum(arrays["lengths"])[:-1])
        boxes = [_answer(infer, evaluator, frame, size) for frame in frames]
        _write(path, boxes)
        return boxes


def _answer(infer: Infer, evaluator: DetectionEvaluator, frame: object, size: str) -> Boxes:
    width, height = parse_size(size)
    answer = answer_to(evaluator, infer, bilinear(frame, width, height))  # type: ignore[arg-type]
    across, down = frame.width / width, frame.height / height  # type: ignore[attr-defined]
    return np.asarray(evaluator.task.scaled(answer, across, down), np.float32)


def _write(path: Path, boxes: Sequence[Boxes]) -> None:
    file = io.BytesIO()
    lengths = np.array([len(one) for one in boxes])
    np.savez_compressed(file, boxes=np.concatenate(boxes), lengths=lengths)
    write_atomically(path, [file.getvalue()])
