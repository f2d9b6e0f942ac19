"""Whether each step of a recipe can follow those before it, by the facts of its technique."""

from collections.abc import Iterator
from typing import NamedTuple

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.recipe.technique_facts import TechniqueFacts
from lamplighter_recipes.recipe.technique_registry import facts_of


class _Placed(NamedTuple):
    name: str
    key: str
    facts: TechniqueFacts


def check_order(recipe: Recipe) -> None:
    """No step spoils what an earlier one has made, or gets what it cannot take.

    Raises:
        RecipeError: one does; `key` names the later of the two.
    """
    earlier: list[_Placed] = []
    for step in _steps(recipe):
        for other in earlier:
            reason = _why_not(other.facts, step.facts)
            if reason:
                raise _refusal(other, step, reason)
        earlier.append(step)


def _why_not(first: TechniqueFacts, second: TechniqueFacts) -> str:
    """Why the second cannot follow the first; empty: it can."""
    return next((second.not_after[s] for s in first.leaves if s in second.not_after), "")


def _steps(recipe: Recipe) -> Iterator[_Placed]:
    for stage, steps in (("prepare", recipe.prepare), ("specialise", recipe.specialise)):
        for number, step in enumerate(steps):
            facts = facts_of(step.technique)
            if facts.stage == stage:  # else it is refused for that
                yield _Placed(step.technique, f"{stage}[{number}].technique", facts)


def _refusal(first: _Placed, second: _Placed, reason: str) -> RecipeError:
    same_stage = first.facts.stage == second.facts.stage
    turns = same_stage and not _why_not(second.facts, first.facts)
    return RecipeError(
        f"{second.name!r} cannot follow {first.name!r}: {reason}",
        key=second.key,
        remedy=f"put it before {first.name!r}" if turns else "leave one of them out",
    )
