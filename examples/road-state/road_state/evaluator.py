"""How often a network is right about the road, on frames whose label names the weather."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_recipes.tasks.detection.labels import load_labelled_frames
from lamplighter_recipes.tasks.frame_set import FrameSet, frame_set
from lamplighter_wire.tasks.task import Answer, Outputs
from numpy.typing import NDArray

from road_state.task import CLASSES, ROAD_STATE


@dataclass(frozen=True)
class RoadFrame:
    """One picture, whether its road is wet, and by what light."""

    path: Path
    width: int
    height: int
    regime: str  # "day-wet"
    label: NDArray[np.int64]  # index of the class


class RoadEvaluator:
    """A result is whether the answer is right."""

    task = ROAD_STATE

    def load_frames(self, folder: Path) -> FrameSet:
        """The pictures that ship are labelled with the weather: "day-rain-free" is "day-wet"."""
        return frame_set(map(_road_frame, load_labelled_frames(folder)), folder)

    def decode(self, outputs: Outputs, width: int, height: int) -> Answer:
        return ROAD_STATE.decode(outputs, width, height, {})

    def result(self, answer: Answer, frame: RoadFrame) -> bool:
        return bool(answer.argmax() == frame.label)

    def quality(self, results: Sequence[bool]) -> float:
        """Accuracy."""
        return float(np.mean(results))

    def thresholds(self, results: Sequence[bool], frames: FrameSet) -> dict[str, float]:
        """The likelier class is the answer: there is nothing to choose."""
        return {}

    def golden(self, answers: Sequence[Answer]) -> list[Answer]:
        """All of them."""
        return list(answers)

    def pack(self, results: Sequence[bool]) -> Mapping[str, NDArray[Any]]:
        return {"right": np.array(results)}

    def unpack(self, arrays: Mapping[str, NDArray[Any]]) -> list[bool]:
        return [bool(right) for right in arrays["right"]]


def _road_frame(frame: Any) -> RoadFrame:
    light, weather, *_ = frame.regime.split("-")
    road = "wet" if weather == "rain" else "dry"
    label = np.array(CLASSES.index(road))
    return RoadFrame(frame.path, frame.width, frame.height, f"{light}-{road}", label)


EVALUATOR = RoadEvaluator()
