"""How a technique becomes known: a module with one decorated function, and its facts beside it.

Those of this package lie in `techniques/`, in a folder for each kind; others are named by entry
points of their distributions (group `lamplighter.techniques`). The name is the technique's name in
recipes. Nothing is imported until it is used, so listing techniques needs no torch.
"""

import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

import msgspec
from lamplighter_wire.enums import Precision

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.facts_file import read_facts
from lamplighter_recipes.recipe.plugins import Plugins
from lamplighter_recipes.recipe.schema import Stage, Step
from lamplighter_recipes.recipe.technique_facts import PAGE, TechniqueFacts

PACKAGE = "lamplighter_recipes.techniques"
P = ParamSpec("P")
R = TypeVar("R")
_MARK = "__lamplighter_technique__"


class Specialise(Protocol):
    """The function of a technique that specialises: reads one artifact and writes another.

    An artifact is a file, or a folder of files, as its runtime opens it.
    """

    def __call__(self, source: Path, target: Path, config: Any, context: Any, /) -> None: ...


class Prepare(Protocol):
    """The function of a technique that prepares: takes a network and returns one."""

    def __call__(self, network: Any, config: Any, bench: Any, /) -> Any: ...


@dataclass(frozen=True)
class Technique:
    """One way to compress: facts, a config type and a function."""

    name: str
    facts: TechniqueFacts
    config: type
    function: Callable[..., Any]

    @property
    def specialise(self) -> Specialise:
        """Its function, where the stage is that."""
        return self.function

    @property
    def prepare(self) -> Prepare:
        """Its function, where the stage is that."""
        return self.function


def technique(config: type) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as the technique of its file."""

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        setattr(function, _MARK, config)
        return function

    return mark


def technique_names() -> list[str]:
    """Names of all techniques; imports none of them."""
    return TECHNIQUES.names()


def facts_of(name: str) -> TechniqueFacts:
    """What a technique yields and wants, without importing it.

    Raises:
        RecipeError: there is no such technique, or its facts are not in order.
    """
    return read_facts(TECHNIQUES.facts_path(name), TechniqueFacts, PAGE)


def find_technique(name: str) -> Technique:
    """Import one technique.

    Raises:
        RecipeError: there is none, its facts are not in order, or it marks no function.
    """
    module = importlib.import_module(TECHNIQUES.module(name))
    for _, function in inspect.getmembers(module, inspect.isfunction):
        config = getattr(function, _MARK, None)
        if config and function.__module__ == module.__name__:
            return Technique(name, facts_of(name), config, function)
    raise RecipeError(
        f"{module.__name__} marks no function",
        remedy="decorate its function with @technique(ConfigType)",
    )


def precision_of(steps: Iterable[Step]) -> Precision:
    """What steps that specialise make of a float network.

    Raises:
        RecipeError: as `facts_of`.
    """
    yielded = [facts_of(step.technique).yields.precision for step in steps]
    return next((p for p in reversed(yielded) if p is not None), Precision.FP32)


def configure(step: Step, stage: Stage) -> tuple[Technique, Any]:
    """The technique of a step and its checked config.

    Raises:
        RecipeError: for an unknown technique, the wrong stage, or a bad parameter (`key` names it).
    """
    entry = find_technique(step.technique)
    if entry.facts.stage != stage:
        raise RecipeError(
            f"{step.technique!r} belongs to the stage {entry.facts.stage!r}",
            key="technique",
            remedy=f"move the step to [[{entry.facts.stage}]]",
        )
    allowed = list(inspect.signature(entry.config).parameters)
    for key in step.params:
        if key not in allowed:
            raise RecipeError(
                f"{step.technique!r} has no such parameter",
                key=key,
                remedy=f"use one of: {', '.join(allowed) or 'none'}",
            )
    try:
        return entry, msgspec.convert(step.params, entry.config)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$.")
        raise RecipeError(
            message, key=path.rstrip("`"), remedy="see docs/reference/recipe-fields.md"
        ) from error


@lru_cache(maxsize=1)
def _ours() -> dict[str, str]:
    folder = Path(__file__).parents[1] / "techniques"
    places = {path.stem: path.relative_to(folder).parent.parts for path in folder.rglob("*.toml")}
    return {name: ".".join((PACKAGE, *place, name)) for name, place in places.items()}


TECHNIQUES = Plugins("technique", "lamplighter.techniques", _ours)
