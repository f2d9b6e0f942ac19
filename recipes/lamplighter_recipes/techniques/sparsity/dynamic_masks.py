"""Dynamic sparsity: during training the smallest weights go and as many others come in their place.

How many weights of a layer differ from zero is the same at every step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lamplighter_recipes.preparing.hooks import Moment
from lamplighter_recipes.techniques.bounds import Count, Share, ShareAboveNone
from lamplighter_recipes.techniques.sparsity.allocation import Distribution
from lamplighter_recipes.techniques.sparsity.masks import (
    KeepMasks,
    Masks,
    Start,
    largest,
    masked_weights,
)
from lamplighter_recipes.techniques.sparsity.sparse_training import SparseTraining

ADAM_MOMENTS = ("exp_avg", "exp_avg_sq")
Growth = Callable[[Tensor], Tensor]
"""Gradient of a weight tensor -> scores of its shape: where they are largest, weights come."""


@dataclass(frozen=True)
class DynamicSparsity(SparseTraining):
    """Share of weights that differ from zero, and how often which ones changes.

    `density` of all layers together, over them by `distribution`. Every `every` steps, up to share
    `until` of the training, the `fraction` smallest of a layer's weights are exchanged; the
    fraction falls by a cosine. `start`: the first ones are the largest, or any.
    """

    density: ShareAboveNone = 0.5
    distribution: Distribution = "erk"
    start: Start = "magnitude"
    every: Count = 50
    until: ShareAboveNone = 0.75
    fraction: Share = 0.3


class DynamicMasks(KeepMasks):
    """Masks that change by dropping the smallest weights and growing where `growth` is largest."""

    def __init__(self, masks: Masks, config: DynamicSparsity, growth: Growth) -> None:
        super().__init__(masks)
        self._config, self._growth = config, growth

    def before_update(self, moment: Moment) -> None:
        """Exchange weights when it is time: the gradients are those of all places, zeros too."""
        config = self._config
        if moment.step and moment.step % config.every == 0 and moment.share < config.until:
            fraction = cosine_fraction(config.fraction, moment.share / config.until)
            for name, weight in masked_weights(moment.network, self.masks).items():
                self._exchange(name, weight, fraction, moment.optimiser.state.get(weight, {}))
        super().before_update(moment)

    def _exchange(
        self, name: str, weight: torch.nn.Parameter, fraction: float, moments: dict[str, Any]
    ) -> None:
        if weight.grad is None:
            return
        mask = self.masks[name].to(weight.device)
        new = drop_and_grow(weight.detach(), mask, self._growth(weight.grad), fraction)
        self.masks[name] = new
        weight.data.mul_(mask & new)  # what comes begins at zero
        for key in ADAM_MOMENTS:
            if key in moments:
                moments[key].mul_(mask & new)


def drop_and_grow(weight: Tensor, mask: Tensor, growth: Tensor, fraction: float) -> Tensor:
    """The mask after an exchange; as many weights stay as before.

    The `fraction` smallest of those that were in go; as many come where `growth` is largest among
    those that were out.
    """
    active = int(mask.sum())
    count = min(int(fraction * active), mask.numel() - active)
    # Below and above whatever is in the other part, so that a tie cannot mix the two.
    stay = largest(weight.abs().masked_fill(~mask, -1.0), active - count)
    come = largest(growth.double().masked_fill(mask, -math.inf), count)
    return stay | come


def cosine_fraction(fraction: float, progress: float) -> float:
    """The fraction at the beginning, none at the end."""
    return fraction / 2 * (1 + math.cos(math.pi * min(1.0, progress)))
