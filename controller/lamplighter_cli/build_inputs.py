"""What builds on this machine take in: recipes of the catalogue, and materials."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from lamplighter_wire.enums import Precision
from lamplighter_wire.messages import Probe

from lamplighter_cli.errors import CommandError

# Imported late: a command that builds nothing starts without them.
if TYPE_CHECKING:
    from lamplighter_recipes.benchmarks.variants.subject import Subject
    from lamplighter_recipes.preparing.layer_rates import LayerRates
    from lamplighter_recipes.recipe.schema import Recipe
    from lamplighter_recipes.variants.identity import Materials

VALUE_BYTES = {Precision.INT8: 1, Precision.FP16: 2}


def catalogue(extra: Path | None) -> "dict[str, Recipe]":
    """The recipes that ship, and those of a further folder, by name."""
    from lamplighter_recipes.recipe.loader import load_catalogue

    return load_catalogue(extra)


def recipe_named(name: str, extra: Path | None) -> "Recipe":
    """One recipe of the catalogue.

    Raises:
        CommandError: there is none of that name.
    """
    recipes = catalogue(extra)
    if name not in recipes:
        raise CommandError(f"no recipe {name!r}; known: {', '.join(sorted(recipes))}")
    return recipes[name]


def layer_rates(probe: Path | None, recipe: "Recipe") -> "LayerRates":
    """What layers cost in the recipe's runtime and precision, by a probe; or on a server's core.

    Raises:
        CommandError: the file cannot be read, or is no probe of that runtime.
    """
    from lamplighter_controller.domain.prediction.probe_rates import rates_of
    from lamplighter_recipes.preparing.layer_rates import SERVER_CORE, LayerRates

    if probe is None:
        return SERVER_CORE
    try:
        rates = rates_of(msgspec.json.decode(probe.read_bytes(), type=Probe)).of(recipe.runtime)
    except (OSError, msgspec.DecodeError) as error:
        raise CommandError(f"{probe}: cannot be read as a probe: {error}") from error
    if rates.source != "probe":
        raise CommandError(
            f"{probe}: has not measured {recipe.runtime};"
            " on the device run: lamplighter-agent probe --json"
        )
    dense, depthwise = rates.of(recipe.precision)
    value_bytes = VALUE_BYTES.get(recipe.precision, 4)
    return LayerRates(dense, depthwise, rates.ms_per_mb, value_bytes)


def materials(folder: Path | None, out: Path) -> "Materials":
    """Those in a folder, or those that ship; what builds may use again is kept in `out`."""
    from lamplighter_controller.workshop.materials import materials_in

    return materials_in(str(folder or ""), out / "cache")


def own_subject(folder: Path, cache_dir: Path) -> "Subject":
    """A model of one's own to be measured, by its folder as `model add` makes it.

    Raises:
        CommandError: there is none.
    """
    from lamplighter_recipes.benchmarks.variants.subject import Subject
    from lamplighter_recipes.own_models.shelf import materials_of, recipes_of_model

    place = folder.resolve()
    recipes = recipes_of_model(place.parent, place.name)
    if not recipes:
        raise CommandError(f"{folder}: holds no model; add one: lamplighter model add")
    return Subject(recipes, materials_of(place, cache_dir))
