"""RigL: weights that stay small go, and others come where the gradient is largest.

Evci et al., Rigging the Lottery: Making All Tickets Winners, ICML 2020. The gradient of a weight
that is zero says how much the loss would fall if it were not. Saves bytes on the wire, no time: no
runtime here has kernels that skip single zeros.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.sparsity.dynamic_masks import DynamicMasks, DynamicSparsity
from lamplighter_recipes.techniques.sparsity.masks import start_masks
from lamplighter_recipes.techniques.sparsity.sparse_training import counts_of, train_sparse


@dataclass(frozen=True)
class RiglSparsityConfig(DynamicSparsity):
    """As `DynamicSparsity`."""


@technique(RiglSparsityConfig)
def rigl_sparsity(network: nn.Module, config: RiglSparsityConfig, bench: Workbench) -> nn.Module:
    """Train while weights are exchanged by their gradients.

    Raises:
        RecipeError: when `density` is not in (0, 1].
    """
    counts = counts_of(network, config.density, config.distribution)
    masks = start_masks(network, counts, config.start, bench.train.seed)
    return train_sparse(network, DynamicMasks(masks, config, steepness), config, bench)


def steepness(gradient: Tensor) -> Tensor:
    """Where weights come first."""
    return gradient.abs()
