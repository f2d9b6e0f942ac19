"""Hints: a student's inner maps are led to a teacher's (FitNets: Romero et al., ICLR 2015).

The maps are those that the heads read. They differ in width, so a 1x1 convolution, trained along
and thrown away afterwards, lifts the student's to the teacher's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.hooks import Moment, TrainingHook

Maps = list[Tensor]
RATE = 1e-3


class FeatureHints(TrainingHook):
    """Adds the normalised squared distance between both networks' neck maps to the loss."""

    def __init__(self, teacher: nn.Module, weight: float) -> None:
        self._teacher, self._weight = teacher, weight
        self._lift: nn.ModuleList | None = None
        self._optimiser: torch.optim.Optimizer | None = None
        self._resumed: dict[str, Any] = {}

    def loss(self, moment: Moment, images: Tensor, labels: Any) -> Tensor:  # noqa: ARG002
        """Distance of the maps on a batch; zero where they are alike."""
        teacher = self._teacher.to(images.device).eval()
        with torch.no_grad():
            wanted = neck_maps(teacher, images)
        given = neck_maps(moment.network, images)
        lift = self._lift or self._start(given, wanted)
        distances = [
            _distance(convolution(map_), target)
            for convolution, map_, target in zip(lift, given, wanted, strict=True)
        ]
        return self._weight * torch.stack(distances).mean()

    def before_step(self, moment: Moment) -> None:  # noqa: ARG002
        """Gradients of the lifting convolutions are of this step alone."""
        if self._optimiser is not None:
            self._optimiser.zero_grad()

    def after_step(self, moment: Moment) -> None:  # noqa: ARG002
        """They learn beside the network."""
        if self._optimiser is not None:
            self._optimiser.step()

    def state(self) -> dict[str, Any]:
        """The lifting convolutions and their optimiser."""
        if self._lift is None or self._optimiser is None:
            return self._resumed
        return {"lift": self._lift.state_dict(), "optimiser": self._optimiser.state_dict()}

    def resume(self, state: dict[str, Any]) -> None:
        """Taken up at the first batch, which tells the widths."""
        self._resumed = state

    def _start(self, given: Maps, wanted: Maps) -> nn.ModuleList:
        device = given[0].device
        pairs = zip(given, wanted, strict=True)
        lift = nn.ModuleList(nn.Conv2d(g.shape[1], w.shape[1], 1) for g, w in pairs).to(device)
        self._lift = lift
        self._optimiser = torch.optim.Adam(lift.parameters(), lr=RATE)
        if self._resumed:
            lift.load_state_dict(self._resumed["lift"])
            self._optimiser.load_state_dict(self._resumed["optimiser"])
        return lift


def neck_maps(network: nn.Module, images: Tensor) -> Maps:
    """The maps that the heads read, float32.

    Raises:
        RecipeError: the network has no neck.
    """
    with _captured(network) as maps:
        network.raw(images)  # type: ignore[operator]
    return [map_.float() for map_ in maps]


@contextmanager
def _captured(network: nn.Module) -> Iterator[Maps]:
    neck = getattr(getattr(network, "net", None), "neck", None)
    if neck is None:
        raise RecipeError(
            "the network has no neck to take hints from",
            key="feature_weight",
            remedy="set it to 0, or name a teacher and a student that have one",
        )
    maps: Maps = []
    handle = neck.register_forward_hook(lambda _module, _inputs, outputs: maps.extend(outputs))
    try:
        yield maps
    finally:
        handle.remove()


def _distance(given: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared difference in units of the teacher's variance."""
    return functional.mse_loss(given, wanted) / wanted.var().clamp(min=1e-6)
