"""Weights of a sparse parent that are zero stay zero when training goes on.

Without it a further training fills them, and what they saved on the wire is gone. Saves nothing by
itself.
"""

from dataclasses import dataclass

from torch import nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.sparsity.masks import KeepMasks, masks_of_zeros


@dataclass(frozen=True)
class KeepSparsityConfig:
    """There is nothing to choose."""


@technique(KeepSparsityConfig)
def keep_sparsity(network: nn.Module, _config: KeepSparsityConfig, bench: Workbench) -> nn.Module:
    """Leave masks of the network's zeros to the recipe's later trainings.

    Raises:
        RecipeError: when the network has no zeros.
    """
    masks = masks_of_zeros(network)
    if not masks:
        raise RecipeError(
            "the network has no weight that is zero",
            key="technique",
            remedy="begin with a sparse parent, or make one first, for instance by rigl_sparsity",
        )
    bench.hooks.append(KeepMasks(masks))
    return network
