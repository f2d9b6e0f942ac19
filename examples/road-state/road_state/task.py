"""Is the road wet? What both sides know of the task; numpy only."""

from collections.abc import Mapping, Sequence

import numpy as np
from lamplighter_wire.rules.regimes import Axes
from lamplighter_wire.tasks.task import Answer, GoldenRun, Outputs, UsualDemand
from lamplighter_wire.tasks.tensor_names import TensorNames

CLASSES = ("dry", "wet")
AXES: Axes = {"light": ("day", "night"), "road": CLASSES}


class RoadState:
    """An answer is one row: the probability of each class."""

    name = "road-state"
    tensors = TensorNames("images", ("probabilities",))
    metric = "accuracy"
    axes = AXES
    usual_demand = UsualDemand()
    default_threshold = 0.5

    def decode(
        self, outputs: Outputs, width: int, height: int, thresholds: Mapping[str, float]
    ) -> Answer:
        """The probabilities as they are: no score is too low to be told."""
        return np.asarray(outputs["probabilities"], np.float32)[None]

    def scaled(self, answer: Answer, across: float, down: float) -> Answer:
        """There are no places in it."""
        return answer

    def agreement(self, a: Answer, b: Answer) -> float:
        """1 where both see the same class."""
        return float(a.argmax() == b.argmax())

    def golden_agreement(self, runs: Sequence[GoldenRun]) -> float:
        """What the probabilities have in common, on average."""
        answers = [self.decode(run.outputs, run.width, run.height, {}) for run in runs]
        pairs = zip(runs, answers, strict=True)
        return float(np.mean([np.minimum(run.golden, answer).sum() for run, answer in pairs]))


ROAD_STATE = RoadState()
