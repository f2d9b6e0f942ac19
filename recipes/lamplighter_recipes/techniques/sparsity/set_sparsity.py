"""SET, sparse evolutionary training: weights that stay small go, and others come at random.

Mocanu et al., Scalable training of artificial neural networks with adaptive sparse connectivity
inspired by network science, Nature Communications 2018. Saves bytes on the wire, no time: no
runtime here has kernels that skip single zeros.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.sparsity.dynamic_masks import DynamicMasks, DynamicSparsity
from lamplighter_recipes.techniques.sparsity.masks import Masks, start_masks
from lamplighter_recipes.techniques.sparsity.sparse_training import counts_of, train_sparse


@dataclass(frozen=True)
class SetSparsityConfig(DynamicSparsity):
    """As `DynamicSparsity`; the paper begins with `start` random."""


@technique(SetSparsityConfig)
def set_sparsity(network: nn.Module, config: SetSparsityConfig, bench: Workbench) -> nn.Module:
    """Train while weights are exchanged at random.

    Raises:
        RecipeError: when `density` is not in (0, 1].
    """
    counts = counts_of(network, config.density, config.distribution)
    masks = start_masks(network, counts, config.start, bench.train.seed)
    return train_sparse(network, EvolvingMasks(masks, config, bench.train.seed), config, bench)


class EvolvingMasks(DynamicMasks):
    """Weights come at random, the same for the same seed."""

    def __init__(self, masks: Masks, config: DynamicSparsity, seed: int) -> None:
        super().__init__(masks, config, self.chances)
        self._generator = torch.Generator().manual_seed(seed)

    def state(self) -> dict[str, Any]:
        """Masks, and how far the random numbers are."""
        return {**super().state(), "generator": self._generator.get_state()}

    def resume(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        super().resume(state)
        self._generator.set_state(state["generator"].cpu())

    def chances(self, gradient: Tensor) -> Tensor:
        """Where weights come first: anywhere."""
        return torch.rand(gradient.shape, generator=self._generator).to(gradient.device)
