"""Families of networks by name, and what is known of one without importing it.

A family is a module whose `FAMILY` fits `ModelFamily`, with a TOML file of the same name beside it.
Ours lie in `families/`; others are named by entry points (group `lamplighter.model_families`).
"""

from pathlib import Path

import msgspec
from lamplighter_wire.decoders.decoder import OWN, Decoder
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, MAIN_SIZE

from lamplighter_recipes.recipe.facts_file import read_facts
from lamplighter_recipes.recipe.plugins import Plugins

PACKAGE = "lamplighter_recipes.families"
PAGE = "docs/how-to/add-a-task-or-model-family.md"


class FamilyFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One family.

    Attributes:
        task: what its networks are for.
        sizes: input sizes it is counted, calibrated and, unless a recipe names others, built for.
        main_size: where one size must stand for all: gates, thresholds, golden frames.
        decoder: how the outputs of what is exported of its networks are read; left out: they are
            the task's own.
        tiled: whether sizes must be multiples of the coarsest stride of our detectors.
    """

    task: str
    summary: str
    sizes: list[str] = msgspec.field(default_factory=lambda: list(DEFAULT_SIZES))
    main_size: str = MAIN_SIZE
    decoder: Decoder = OWN
    tiled: bool = True


def _ours() -> dict[str, str]:
    folder = Path(__file__).parents[1] / "families"
    return {path.stem: f"{PACKAGE}.{path.stem}" for path in folder.glob("*.toml")}


FAMILIES = Plugins("family", "lamplighter.model_families", _ours)


def facts_of_family(name: str) -> FamilyFacts:
    """What is known of a family, without importing it.

    Raises:
        RecipeError: there is no such family, or its facts are not in order.
    """
    return read_facts(FAMILIES.facts_path(name), FamilyFacts, PAGE)
