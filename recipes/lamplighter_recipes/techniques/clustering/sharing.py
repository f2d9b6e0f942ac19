"""All weights of a layer, or of a group of its channels, share a few values."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.runtime_facts import runtime_facts
from lamplighter_recipes.techniques.clustering.codebook import Start, codebook, nearest

MAX_ENTRIES = 256


class ClusterContext(Protocol):
    """What clustering needs to know from outside."""

    @property
    def runtime(self) -> str:
        """The name of the runtime that opens the result."""


@dataclass(frozen=True)
class Sharing:
    """How many values a layer has, and how they are found.

    Attributes:
        entries: of a large layer, 2 to 256; 0: as the runtime's facts say.
        small_entries: of a layer of fewer than `small_layer` weights.
        groups: parts of a layer's output channels with values of their own.
        rounds: of Lloyd's iteration, at most.
    """

    entries: int = 0
    small_entries: int = MAX_ENTRIES
    small_layer: int = 70_000
    groups: int = 1
    start: Start = "linear"
    rounds: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises:
        RecipeError: a number is out of range; `key` names it.
        """
        check_sharing(self, by_facts=True)


def check_sharing(sharing: Sharing, *, by_facts: bool = False) -> None:
    """`by_facts`: a runtime's facts may say how many entries there are.

    Raises:
        RecipeError: a number is out of range; `key` names it.
    """
    for key in ("entries", "small_entries"):
        number = getattr(sharing, key)
        if by_facts and key == "entries" and number == 0:
            continue
        if not 2 <= number <= MAX_ENTRIES:
            raise RecipeError(
                f"{number} values in a layer", key=key, remedy=f"use 2 to {MAX_ENTRIES}"
            )
    for key in ("groups", "rounds"):
        if getattr(sharing, key) < 1:
            raise RecipeError("is below 1", key=key, remedy="use 1 or more")


def sharing_for(config: Sharing, runtime: str) -> Sharing:
    """With as many values as the runtime's facts say, where the config leaves that to them.

    Raises:
        RecipeError: a number is out of range; `key` names it.
    """
    sharing = replace(config, entries=config.entries or runtime_facts(runtime).palette_entries)
    check_sharing(sharing)
    return sharing


def sharer(config: Sharing, context: ClusterContext) -> "partial[NDArray[np.float32]]":
    """What gives a layer's weights few values, as a step of a recipe says.

    Raises:
        RecipeError: a number is out of range; `key` names it.
    """
    return partial(share_values, sharing=sharing_for(config, context.runtime))


def share_values(weights: NDArray[np.float32], sharing: Sharing) -> NDArray[np.float32]:
    """Weights [output channels, ...] with few values in a layer, or in each group of channels."""
    entries = sharing.small_entries if weights.size < sharing.small_layer else sharing.entries
    shared = [_shared(group, entries, sharing) for group in split(weights, sharing.groups)]
    return np.concatenate(shared)


def split(weights: NDArray[np.float32], groups: int) -> list[NDArray[np.float32]]:
    """Parts of equally many channels; a layer that does not divide so stays whole."""
    return np.split(weights, groups if len(weights) % groups == 0 else 1)


def _shared(weights: NDArray[np.float32], entries: int, sharing: Sharing) -> NDArray[np.float32]:
    values = codebook(weights, entries, sharing.start, sharing.rounds, sharing.seed)
    shared: NDArray[np.float32] = values[nearest(weights, values)].astype(np.float32)
    return shared
