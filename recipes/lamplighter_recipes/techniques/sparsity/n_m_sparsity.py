"""N:M sparsity: of every M weights along the input channels at most N differ from zero.

2:4 is what NVIDIA's tensor cores skip (Mishra et al., Accelerating Sparse Deep Neural Networks,
2021): the smallest go at once, and training under the fixed masks gives back what that cost. Saves
bytes on the wire, fewer than unstructured zeros of the same accuracy. Saves no time on a CPU: no
runtime here has kernels for it.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.sparsity.masks import KeepMasks, Masks, sparse_weights
from lamplighter_recipes.techniques.sparsity.sparse_training import SparseTraining, train_sparse


@dataclass(frozen=True)
class NMSparsityConfig(SparseTraining):
    """`n` of every `m` weights stay."""

    n: int = 2
    m: int = 4

    def __post_init__(self) -> None:
        """Raises:
        RecipeError: not 0 < n < m.
        """
        if not 0 < self.n < self.m:
            raise RecipeError(
                f"{self.n} of {self.m} makes no sense",
                key="n",
                remedy="keep fewer than all, for instance n = 2, m = 4",
            )


@technique(NMSparsityConfig)
def n_m_sparsity(network: nn.Module, config: NMSparsityConfig, bench: Workbench) -> nn.Module:
    """Zero the smallest of every M weights, and train what is left.

    Raises:
        RecipeError: M divides the input channels of no layer.
    """
    masks = n_m_masks(network, config.n, config.m)
    if not masks:
        raise RecipeError(
            f"no layer has a multiple of {config.m} input channels",
            key="m",
            remedy="use a number that divides widths, for instance 4",
        )
    return train_sparse(network, KeepMasks(masks), config, bench)


def n_m_masks(network: nn.Module, n: int, m: int) -> Masks:
    """Masks of all layers whose input channels M divides; the others stay dense."""
    return {
        name: n_m_mask(weight.detach(), n, m)
        for name, weight in sparse_weights(network).items()
        if weight.shape[1] % m == 0
    }


def n_m_mask(weight: Tensor, n: int, m: int) -> Tensor:
    """True at the N largest of every M neighbours along dimension 1."""
    last = weight.abs().movedim(1, -1)
    groups = last.reshape(-1, m)
    masks = groups.new_zeros(groups.shape).scatter_(1, groups.topk(n, 1).indices, 1.0) > 0
    return masks.view(last.shape).movedim(-1, 1)
