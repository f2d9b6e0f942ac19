"""Detection's evaluator: boxes matched with labels, AP50 with all classes as one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.rules.regimes import ANY
from lamplighter_wire.tasks.detection import CLASSES, DETECTION, Detection
from lamplighter_wire.tasks.task import Answer, Outputs
from numpy.typing import NDArray

from lamplighter_recipes.tasks.detection.average_precision import Matches, ap50, match_classes
from lamplighter_recipes.tasks.detection.evaluation import LEAST_SCORE, choose_thresholds
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_recipes.tasks.detection.metrics import class_map50
from lamplighter_recipes.tasks.frame_set import FrameSet

# Between these scores the golden threshold is put where the gap between two boxes is widest, so
# that rounding elsewhere does not move a box across it.
GOLDEN_SCORES = (0.3, 0.5)


class DetectionEvaluator:
    """A result is `Matches`. `task` reads a network's outputs."""

    def __init__(self, task: Detection = DETECTION) -> None:
        self.task = task

    def load_frames(self, folder: Path) -> FrameSet:
        """A COCO folder in which every image has a regime."""
        return load_frames(folder)

    def decode(self, outputs: Outputs, width: int, height: int) -> Answer:
        """All boxes that a precision curve wants."""
        return self.task.decode(outputs, width, height, {ANY: LEAST_SCORE})

    def result(self, answer: Answer, frame: LabelledFrame) -> Matches:
        """Which boxes hit."""
        return match_classes(answer, frame.boxes)

    def quality(self, results: Sequence[Matches]) -> float:
        """AP50."""
        return ap50(results)

    def class_quality(self, results: Sequence[Matches]) -> float:
        """Mean AP50 over classes."""
        return class_map50(results)

    def thresholds(self, results: Sequence[Matches], frames: FrameSet) -> dict[str, float]:
        """By best F1."""
        return choose_thresholds(list(results), frames)

    def golden(self, answers: Sequence[Answer]) -> list[Answer]:
        """The boxes above one threshold."""
        threshold = widest_gap([float(box[4]) for boxes in answers for box in boxes])
        return [boxes[boxes[:, 4] >= threshold] for boxes in answers]

    def pack(self, results: Sequence[Matches]) -> Mapping[str, NDArray[Any]]:
        """Scores and hits of all frames joined, with each frame's part; then the same by class."""
        by_class = [one for frame in results for one in frame.by_class]
        return _joined("", results) | _joined("class_", by_class)

    def unpack(self, arrays: Mapping[str, NDArray[Any]]) -> list[Matches]:
        """Inverse of `pack`."""
        each = len(CLASSES)
        by_class = _parted("class_", arrays)
        return [
            replace(frame, by_class=tuple(by_class[number * each : (number + 1) * each]))
            for number, frame in enumerate(_parted("", arrays))
        ]


def _joined(prefix: str, matches: Sequence[Matches]) -> dict[str, NDArray[Any]]:
    return {
        f"{prefix}scores": np.concatenate([one.scores for one in matches]),
        f"{prefix}hits": np.concatenate([one.hits for one in matches]),
        f"{prefix}lengths": np.array([len(one.scores) for one in matches]),
        f"{prefix}truths": np.array([one.truths for one in matches]),
    }


def _parted(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> list[Matches]:
    ends = np.cumsum(arrays[f"{prefix}lengths"])[:-1]
    rows = zip(
        np.split(arrays[f"{prefix}scores"], ends),
        np.split(arrays[f"{prefix}hits"], ends),
        arrays[f"{prefix}truths"].tolist(),
        strict=True,
    )
    return [Matches(scores, hits, truths) for scores, hits, truths in rows]


def widest_gap(scores: list[float]) -> float:
    """The middle of the widest empty stretch of scores within GOLDEN_SCORES."""
    low, high = GOLDEN_SCORES
    edges = [low, *sorted(s for s in scores if low < s < high), high]
    widths = np.diff(edges)
    place = int(np.argmax(widths))
    return float(edges[place] + widths[place] / 2)


EVALUATOR = DetectionEvaluator()


def evaluator_reading(decoder: Decoder) -> DetectionEvaluator:
    """Of networks whose outputs are read so.

    Raises:
        TaskError: there is no such decoder.
    """
    return DetectionEvaluator(DETECTION.reading(decoder) if decoder.name else DETECTION)
