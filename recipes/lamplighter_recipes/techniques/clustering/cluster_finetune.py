"""Weight clustering with trained values: each step moves the values that weights share.

Which value a weight has is settled at the start. The gradient of a value is the sum of the
gradients of all weights that have it (Han, Mao, Dally, Deep Compression, ICLR 2016, section 3.3):
beside the biases only a few hundred numbers are trained. It gives back what few values cost: worth
its minutes with 16 of them, hardly with 64. Saves bytes on the wire, and nothing else.
"""

from dataclasses import dataclass, replace

import torch
from lamplighter_wire.blobs import SMALL_PIECE_BYTES
from torch import Tensor, nn
from torch.nn.utils import parametrize

from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.bounds import Positive
from lamplighter_recipes.techniques.clustering.sharing import Sharing, check_sharing, share_values

FLOAT_BYTES = 4
Weighted = nn.Conv2d | nn.ConvTranspose2d | nn.Linear


@dataclass(frozen=True)
class CentroidConfig(Sharing):
    """As of `cluster`, with fewer values, and the training's budget and peak of its schedule."""

    entries: int = 16
    minutes: Positive = 20.0
    learning_rate: Positive = 5e-4

    def __post_init__(self) -> None:
        """Raises:
        RecipeError: a number is out of range; `key` names it.
        """
        check_sharing(self)


@technique(CentroidConfig)
def cluster_finetune(network: nn.Module, config: CentroidConfig, bench: Workbench) -> nn.Module:
    """Let each layer's weights share values, and train these on the bench's pictures."""
    for layer in large_layers(network):
        tie(layer, config)
    settings = replace(bench.train, minutes=config.minutes, learning_rate=config.learning_rate)
    trained = bench.run(network, settings)
    for module in trained.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
    return trained


class SharedValues(nn.Module):
    """Weights as values and, for each weight, the number of its value: only values are trained."""

    numbers: Tensor

    def __init__(self, numbers: Tensor) -> None:
        super().__init__()
        self.register_buffer("numbers", numbers)

    def forward(self, values: Tensor) -> Tensor:
        """The weights."""
        return values[self.numbers]

    def right_inverse(self, weights: Tensor) -> Tensor:
        """The values: of each the mean of its weights."""
        flat = self.numbers.reshape(-1)
        sums = torch.zeros(int(flat.max()) + 1).scatter_add(0, flat, weights.reshape(-1))
        return sums / torch.bincount(flat)


def tie(module: Weighted, sharing: Sharing) -> None:
    """Give a layer's weights few values, which are its parameters from now on."""
    weights = module.weight.detach().cpu().numpy()
    shared = torch.from_numpy(share_values(weights, sharing))
    _, numbers = torch.unique(shared, return_inverse=True)
    parametrize.register_parametrization(module, "weight", SharedValues(numbers))


def large_layers(network: nn.Module) -> list[Weighted]:
    """Those whose weights travel by themselves, and so may be packed."""
    layers = [module for module in network.modules() if isinstance(module, Weighted)]
    return [layer for layer in layers if FLOAT_BYTES * layer.weight.numel() >= SMALL_PIECE_BYTES]
