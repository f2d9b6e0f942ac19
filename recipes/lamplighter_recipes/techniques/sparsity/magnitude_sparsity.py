"""Unstructured sparsity by magnitude, gradually: the smallest weights go while training goes on.

The share of zeros rises by a cubic schedule, quickly while there is much to spare and slowly at the
end (Zhu and Gupta, To prune, or not to prune, 2017). Saves bytes on the wire, where zeros compress
to next to nothing. Saves no time: no runtime here has kernels that skip single zeros.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.hooks import Moment
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.bounds import Count, Share, ShareAboveNone
from lamplighter_recipes.techniques.sparsity.allocation import Distribution
from lamplighter_recipes.techniques.sparsity.masks import KeepMasks, magnitude_masks, sparse_weights
from lamplighter_recipes.techniques.sparsity.sparse_training import (
    SparseTraining,
    counts_of,
    train_sparse,
)


@dataclass(frozen=True)
class MagnitudeSparsityConfig(SparseTraining):
    """Share of weights that stay, and how it gets there.

    `density` of all layers together, over them by `distribution`; it falls from share `begin` to
    share `end` of the training, every `every` steps.
    """

    density: ShareAboveNone = 0.5
    distribution: Distribution = "erk"
    begin: Share = 0.0
    end: ShareAboveNone = 0.6
    every: Count = 20

    def __post_init__(self) -> None:
        """Raises:
        RecipeError: the schedule makes no sense.
        """
        if not 0 <= self.begin < self.end <= 1:
            raise RecipeError(
                f"the schedule must lie in 0..1, got {self.begin} to {self.end}",
                key="end",
                remedy="leave some of the training behind it, for instance 0.6",
            )


@technique(MagnitudeSparsityConfig)
def magnitude_sparsity(
    network: nn.Module, config: MagnitudeSparsityConfig, bench: Workbench
) -> nn.Module:
    """Train while the smallest weights go; those that are left go on learning."""
    hook = GradualMasks(config, counts_of(network, config.density, config.distribution))
    return train_sparse(network, hook, config, bench)


class GradualMasks(KeepMasks):
    """Masks whose density falls to its goal: `counts` of weights that stay in each layer."""

    def __init__(self, config: MagnitudeSparsityConfig, counts: Mapping[str, int]) -> None:
        super().__init__({})
        self._config, self._counts = config, counts

    def before_step(self, moment: Moment) -> None:
        """Take the smallest weights when their time has come."""
        config = self._config
        due = moment.step % config.every == 0 and moment.share >= config.begin
        if due or moment.share >= config.end > self._reached:
            self._tighten(moment.network, moment.share)
        super().before_step(moment)

    def finish(self, network: nn.Module) -> None:
        """Reach the goal, however few steps there were."""
        if self._reached < self._config.end:
            self._tighten(network, 1.0)
        super().finish(network)

    def state(self) -> dict[str, Any]:
        """Masks, and how far the schedule is."""
        return {**super().state(), "reached": self._reached}

    def resume(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        super().resume(state)
        self._reached = state["reached"]

    _reached = -1.0  # share of the training at the last change

    def _tighten(self, network: nn.Module, share: float) -> None:
        if self._reached >= self._config.end:
            return
        left = 1 - cubic_progress(share, self._config.begin, self._config.end)
        weights = sparse_weights(network)
        counts = {
            name: count + round(left * (weights[name].numel() - count))
            for name, count in self._counts.items()
        }
        self.masks = magnitude_masks(network, counts)
        self._reached = share


def cubic_progress(share: float, begin: float, end: float) -> float:
    """How much of the goal's zeros there are, 0 to 1: 1 - (1 - t)^3 between begin and end."""
    t = min(1.0, max(0.0, (share - begin) / (end - begin)))
    return 1 - (1 - t) ** 3
