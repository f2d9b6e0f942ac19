"""Whether a recipe's steps hand on what the next one takes, and end in what its runtime opens."""

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.runtime_facts import runtime_facts
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.recipe.technique_registry import facts_of


def check_artifacts(recipe: Recipe) -> None:
    """Steps that specialise begin and end with artifacts of the recipe's runtime.

    Raises:
        RecipeError: they do not, or there is no such runtime; `key` names the place.
    """
    kind = runtime_facts(recipe.runtime).artifact
    given = kind
    for number, step in enumerate(recipe.specialise):
        facts = facts_of(step.technique)
        if facts.stage == "specialise" and facts.takes != given:
            raise RecipeError(
                f"{step.technique!r} takes {facts.takes!r}, here it would get {given!r}",
                key=f"specialise[{number}].technique",
                remedy=f"use techniques that take and give {kind!r}, as {recipe.runtime} opens it",
            )
        given = facts.gives
    if recipe.specialise and given != kind:
        raise RecipeError(
            f"the last step gives {given!r}, {recipe.runtime} opens {kind!r}",
            key="specialise",
            remedy=f"end with a technique that gives {kind!r}",
        )
