"""What a technique does around the steps of a training, beside the loop and the family."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer


@dataclass(frozen=True)
class Moment:
    """Where a training stands.

    Attributes:
        step: how many are done.
        share: of the training's minutes or steps that is spent, 0 to 1.
    """

    network: nn.Module
    optimiser: Optimizer
    step: int
    share: float


class TrainingHook:
    """Does nothing; a technique overrides what it needs.

    Hooks hold no tensor of a network for longer than a call: what they remember is by the names of
    parameters, for a training that goes on has another network.
    """

    def before_step(self, moment: Moment) -> None:
        """Before the loss of a batch is computed."""

    def loss(self, moment: Moment, images: Tensor, labels: Any) -> Tensor | None:  # noqa: ARG002
        """What is added to the loss of a batch; None: nothing."""
        return None

    def before_update(self, moment: Moment) -> None:
        """The gradients are there, neither clipped nor used."""

    def after_step(self, moment: Moment) -> None:
        """The weights have changed; their moving average has not yet."""

    def finish(self, network: nn.Module) -> None:
        """The training has ended; `network` is its moving average, which is served."""

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold: tensors, numbers and text, by name."""
        return {}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
