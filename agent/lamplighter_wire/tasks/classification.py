"""The task of telling what a whole picture shows. Pure numpy.

An answer is rows [n, 2]: a class's index and its probability, the likeliest first. What the classes
are is each network's own matter; a device whose task is called `classification:NAME` takes only
networks that were added under that name.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.decoders.classification import OUTPUTS, probabilities
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.decoders.misfits import translating_misfits
from lamplighter_wire.rules.regimes import Axes
from lamplighter_wire.tasks.task import Answer, GoldenRun, Outputs, UsualDemand
from lamplighter_wire.tasks.tensor_names import TensorNames

KIND = "classification"
LIGHT_AXES: Axes = {"light": ("day", "night")}
# More of a long list of classes than any answer is compared by.
MOST_ROWS = 5


class Classification:
    """Of one name; `decoder` says what the classes of a network are."""

    metric = "accuracy"
    axes = LIGHT_AXES
    usual_demand = UsualDemand()
    default_threshold = 0.5
    tensors = TensorNames("images", OUTPUTS)

    def __init__(self, name: str = KIND, decoder: Decoder | None = None) -> None:
        self.name = name
        self.decoder = decoder or Decoder()

    def reading(self, decoder: Decoder) -> "Classification":
        """The same task for a network whose outputs are read so."""
        return Classification(self.name, decoder)

    @property
    def classes(self) -> tuple[str, ...]:
        """What the rows' indices stand for."""
        return self.decoder.classes

    def decode(
        self,
        outputs: Outputs,
        width: int,  # noqa: ARG002 - there are no places in the answer
        height: int,  # noqa: ARG002
        thresholds: Mapping[str, float],  # noqa: ARG002 - no class is too unlikely to be told
    ) -> Answer:
        """The likeliest classes.

        Raises:
            TaskError: the outputs are not what the decoder reads.
        """
        found = self._probabilities(outputs)
        order = np.argsort(-found, kind="stable")[:MOST_ROWS]
        return np.stack([order, found[order]], axis=1).astype(np.float32)

    def scaled(self, answer: Answer, across: float, down: float) -> Answer:  # noqa: ARG002
        """There are no places in it."""
        return answer

    def agreement(self, a: Answer, b: Answer) -> float:
        """1 where both find the same class likeliest."""
        return float(len(a) > 0 and len(b) > 0 and a[0, 0] == b[0, 0])

    def golden_agreement(self, runs: Sequence[GoldenRun]) -> float:
        """What the probabilities of the golden classes have in common, on average."""
        shared = [self._shared(run) for run in runs]
        return float(np.mean(shared)) if shared else 1.0

    def _shared(self, run: GoldenRun) -> float:
        golden = run.golden.reshape(-1, 2)
        found = self._probabilities(run.outputs)
        with translating_misfits(self.decoder.name, run.outputs):
            mine = found[golden[:, 0].astype(np.intp)]
        return float(np.minimum(mine, golden[:, 1]).sum() / max(golden[:, 1].sum(), 1e-6))

    def _probabilities(self, outputs: Outputs) -> NDArray[np.float32]:
        with translating_misfits(self.decoder.name, outputs):
            return probabilities(outputs[OUTPUTS[0]], self.decoder)


def classification_named(name: str) -> Classification | None:
    """The task of a name such as "classification" or "classification:weather"."""
    return Classification(name) if name.partition(":")[0] == KIND else None
