"""What a network is for: the seam that every task fits. Numpy only: devices import it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.rules.regimes import Axes
from lamplighter_wire.tasks.tensor_names import TensorNames

# What a network gives for one picture, by the names of the task's outputs.
Outputs = Mapping[str, NDArray[Any]]
# What a task reads from it: rows [n, k], what a row is says the task.
Answer = NDArray[np.float32]


class UsualDemand(NamedTuple):
    """Frames per second that are usual at the values of one axis; "" and {}: nothing is known."""

    axis: str = ""
    fps: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class GoldenRun:
    """One golden frame as a device runs it: what it must answer, and what its network gave."""

    golden: Answer
    outputs: Outputs
    width: int  # of the picture that the network saw, in pixels
    height: int


class Task(Protocol):
    """How a network's outputs are read, compared, and where their quality differs."""

    @property
    def name(self) -> str:
        """As manifests name it."""

    @property
    def tensors(self) -> TensorNames:
        """What its networks call their input, uint8 [N, H, W, 3] RGB, and their outputs."""

    @property
    def metric(self) -> str:
        """The measure of quality, 0 to 1, that accuracy tables hold."""

    @property
    def axes(self) -> Axes:
        """What a regime consists of, in order: a network's quality differs along these."""

    @property
    def usual_demand(self) -> UsualDemand:
        """What frame rate to expect in a regime that a device has not reported from yet."""

    @property
    def default_threshold(self) -> float:
        """Score that counts where neither the operating point nor the manifest names one."""

    def decode(
        self, outputs: Outputs, width: int, height: int, thresholds: Mapping[str, float]
    ) -> Answer:
        """The answer to one picture of `width` x `height` pixels.

        Args:
            outputs: of this picture alone, without the batch's axis.
            thresholds: least score by class; "" stands for the rest.
        """

    def scaled(self, answer: Answer, across: float, down: float) -> Answer:
        """The same answer for a picture that is stretched by these factors."""

    def agreement(self, a: Answer, b: Answer) -> float:
        """How much two answers to one picture have in common, 0 to 1."""

    def golden_agreement(self, runs: Sequence[GoldenRun]) -> float:
        """How well golden answers are reproduced, 0 to 1, with room for other decoders' pixels."""
