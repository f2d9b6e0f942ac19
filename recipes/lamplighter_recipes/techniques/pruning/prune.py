"""Structured pruning: remove whole channels, so that any runtime gets faster.

Saves size and time in proportion to the multiplications removed, on every hardware. Needs
training afterwards (see `distill`), so it belongs to the prepare stage.
"""

import copy
from dataclasses import dataclass

import torch
import torch_pruning
from torch import nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.techniques.bounds import Count, ShareBelowAll

TRACE_SIZE_PX = 128  # any multiple of the coarsest stride shows how the layers hang together


@dataclass(frozen=True)
class PruneConfig:
    """`ratio` of channels to remove (0..1); widths stay multiples of `round_to`.

    With `global_ranking` all layers compete, so that unimportant layers lose more.
    """

    ratio: ShareBelowAll = 0.5
    round_to: Count = 8
    global_ranking: bool = False


@technique(PruneConfig)
def prune_channels(
    detector: Detector, config: PruneConfig | None = None, _bench: object = None
) -> Detector:
    """Return a narrower copy that keeps the channels whose filter groups have most weight.

    Channels that are bound together by additions and concatenations go together (Fang et al.,
    DepGraph, CVPR 2023); importance is the group's L2 norm. The heads' outputs stay.

    Raises:
        RecipeError: when `ratio` is not in [0, 1).
    """
    config = config or PruneConfig()
    if not 0 <= config.ratio < 1:
        raise RecipeError(f"prune: ratio must be in [0, 1), got {config.ratio}")
    pruned = copy.deepcopy(detector)
    net = pruned.net
    for parameter in net.parameters():
        parameter.requires_grad_(True)  # the dependency graph is traced through autograd
    ignored: list[nn.Module] = [head[-1] for head in net.heads]  # type: ignore[index]
    pruner = torch_pruning.BasePruner(
        net,
        torch.zeros(1, 3, TRACE_SIZE_PX, TRACE_SIZE_PX),
        importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
        pruning_ratio=config.ratio,
        global_pruning=config.global_ranking,
        round_to=config.round_to,
        ignored_layers=ignored,
    )
    pruner.step()
    return pruned
