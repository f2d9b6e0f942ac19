"""Structured pruning by the device's own cost model: each layer gives what it is worth least for.

Channels go where they cost most milliseconds for the accuracy that they carry (the idea of HALP:
Shen et al., NeurIPS 2022), until the network is predicted to take the share of its time that was
asked for. Saves latency, energy, memory and bytes on every hardware. Needs training afterwards (see
`distill`).
"""

import copy
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lamplighter_wire.rules.sizes import MAIN_SIZE, SIZE_MULTIPLE, parse_size, tiles
from torch import nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.bounds import Count, ShareAboveNone
from lamplighter_recipes.techniques.pruning.channel_groups import (
    channel_groups,
    narrowed,
    output_layers,
)
from lamplighter_recipes.techniques.pruning.cost_model import CostModel
from lamplighter_recipes.techniques.pruning.fisher_saliency import channel_saliency
from lamplighter_recipes.techniques.pruning.width_allocation import (
    Saliency,
    latency_aware_widths,
    uniform_widths,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PruneLatencyConfig:
    """`latency`: share of the predicted milliseconds at `size` that remains.

    `allocation` latency: by saliency per millisecond; uniform: the same share of every layer, to be
    compared with. Widths stay multiples of `round_to`. Saliency is measured on `batches` batches.
    """

    latency: ShareAboveNone = 0.4
    allocation: Literal["latency", "uniform"] = "latency"
    round_to: Count = 8
    size: str = MAIN_SIZE
    batches: Count = 16

    def __post_init__(self) -> None:
        """Raises:
        RecipeError: `size` is none that the network can be run at.
        """
        try:
            tiled = tiles(*parse_size(self.size))
        except ValueError:
            tiled = False
        if not tiled:
            raise RecipeError(
                f"{self.size!r} is no size in multiples of {SIZE_MULTIPLE}",
                key="size",
                remedy=f"write for instance {MAIN_SIZE!r}",
            )


@technique(PruneLatencyConfig)
def prune_latency(detector: nn.Module, config: PruneLatencyConfig, bench: Workbench) -> nn.Module:
    """Return a narrower copy that is predicted to take that share of the time.

    Raises:
        RecipeError: when `latency` is no share, or no network is that fast.
    """
    if not 0 < config.latency <= 1:
        raise RecipeError(
            f"must be above 0 and at most 1, got {config.latency}",
            key="latency",
            remedy="give the share of the time that remains, for instance 0.4",
        )
    pruned = copy.deepcopy(detector)
    net = pruned.get_submodule("net")
    groups = channel_groups(net, output_layers(net), parse_size(config.size))
    saliency = channel_saliency(pruned, groups.modules(net), bench, config.batches)
    widths = _widths(CostModel(groups.layers, bench.rates), saliency, config)
    narrowed(net, groups, most_salient(saliency, widths))
    return pruned


def _widths(cost: CostModel, saliency: Saliency, config: PruneLatencyConfig) -> dict[int, int]:
    channels = {group: len(values) for group, values in saliency.items()}
    before_ms = cost.latency_ms(channels)
    target_ms = config.latency * before_ms
    if config.allocation == "uniform":
        widths = uniform_widths(cost, channels, target_ms, config.round_to)
    else:
        widths = latency_aware_widths(cost, saliency, target_ms, config.round_to)
    log.info("predicted: %.2f ms, then %.2f ms", before_ms, cost.latency_ms(widths))
    return widths


def most_salient(saliency: Saliency, widths: Mapping[int, int]) -> dict[int, list[int]]:
    """Group -> the channels that stay, in order."""
    return {
        group: sorted(sorted(range(len(values)), key=lambda i: -values[i])[: widths[group]])
        for group, values in saliency.items()
    }
