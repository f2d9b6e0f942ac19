"""What builds on this machine take in: recipes of the catalogue, and materials."""

from pathlib import Path
from typing import TYPE_CHECKING

from lamplighter_cli.errors import CommandError

# Imported late: a command that builds nothing starts without them.
if TYPE_CHECKING:
    from lamplighter_recipes.recipe.schema import Recipe
    from lamplighter_recipes.variants.identity import Materials


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


def materials(folder: Path | None, out: Path) -> "Materials":
    """Those in a folder, or those that ship; what builds may use again is kept in `out`."""
    from lamplighter_controller.workshop.materials import materials_in

    return materials_in(str(folder or ""), out / "cache")
