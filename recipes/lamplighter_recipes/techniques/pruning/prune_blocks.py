"""Depth pruning: whole blocks go, those first without which the loss rises least.

What goes around a block (a residual addition, or the branch of a cross-stage-partial stage) carries
on what it would have changed, so that networks bear the loss of single blocks (Veit et al.,
Residual Networks Behave Like Ensembles of Relatively Shallow Networks, NeurIPS 2016). Saves
latency, energy, memory and bytes on every hardware. Needs training afterwards (see `distill`).
"""

import copy
import logging
from dataclasses import dataclass
from itertools import islice

import torch
from torch import nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.batches import Batch
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.bounds import Count
from lamplighter_recipes.techniques.pruning.prune import TRACE_SIZE_PX
from lamplighter_recipes.techniques.pruning.removable_blocks import (
    left_out,
    removable_blocks,
    remove,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PruneBlocksConfig:
    """How many `blocks` go; their damage is measured on `batches` batches after each."""

    blocks: Count = 1
    batches: Count = 8


@technique(PruneBlocksConfig)
def prune_blocks(detector: nn.Module, config: PruneBlocksConfig, bench: Workbench) -> nn.Module:
    """Return a shallower copy.

    Raises:
        RecipeError: when the network has not that many blocks to spare.
    """
    pruned = copy.deepcopy(detector).eval()
    batches = list(islice(bench.training.batches(bench.train, bench.train.seed), config.batches))
    for number in range(config.blocks):
        damage = block_damage(pruned, batches, bench)
        if not damage:
            raise RecipeError(
                f"the network has {number} blocks to spare, {config.blocks} were asked for",
                key="blocks",
                remedy="take out fewer, and make layers narrower by prune or prune_latency",
            )
        name = min(damage, key=lambda block: damage[block])
        log.info("without %s the loss rises by %.3f", name, damage[name])
        remove(pruned.get_submodule("net"), name)
    return pruned


@torch.no_grad()
def block_damage(detector: nn.Module, batches: list[Batch], bench: Workbench) -> dict[str, float]:
    """Removable block -> what the loss rises by without it."""
    picture = torch.zeros(1, 3, TRACE_SIZE_PX, TRACE_SIZE_PX)
    net = detector.get_submodule("net")
    with_all = _loss(detector, batches, bench)
    damage = {}
    for name in removable_blocks(net, picture):
        with left_out(net, name):
            damage[name] = _loss(detector, batches, bench) - with_all
    return damage


def _loss(network: nn.Module, batches: list[Batch], bench: Workbench) -> float:
    losses = [
        float(bench.training.loss(network, images, labels, None, bench.train)[0])
        for images, labels in batches
    ]
    return sum(losses) / len(losses)
