"""How a technique becomes known: one file in `techniques/`, one decorated function.

The file's name is the technique's name in recipes. Nothing is imported until it is used, so
listing techniques needs no torch.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import msgspec

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.schema import Stage, Step

PACKAGE = "lamplighter_recipes.techniques"
P = ParamSpec("P")
R = TypeVar("R")
_MARK = "__lamplighter_technique__"


@dataclass(frozen=True)
class Technique:
    """One way to compress: a config type plus one function.

    A `specialise` function is called as `function(source, target, config, context)` with paths
    of ONNX files; a `prepare` function takes and returns a torch detector.
    """

    name: str
    stage: Stage
    config: type
    function: Callable[..., Any]


def technique(
    config: type, stage: Stage = "specialise"
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as the technique of its file."""

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        setattr(function, _MARK, (config, stage))
        return function

    return mark


def technique_names() -> list[str]:
    """Names of all techniques, found by file name; imports none of them."""
    folder = Path(__file__).parents[1] / "techniques"
    return sorted(module.name for module in pkgutil.iter_modules([str(folder)]))


def find_technique(name: str) -> Technique:
    """Import one technique.

    Raises:
        RecipeError: when there is no such file or it marks no function.
    """
    if name not in technique_names():
        names = ", ".join(technique_names())
        raise RecipeError(f"no technique {name!r}", remedy=f"use one of: {names}")
    module = importlib.import_module(f"{PACKAGE}.{name}")
    for _, function in inspect.getmembers(module, inspect.isfunction):
        marked = getattr(function, _MARK, None)
        if marked and function.__module__ == module.__name__:
            return Technique(name, marked[1], marked[0], function)
    raise RecipeError(
        f"techniques/{name}.py marks no function",
        remedy="decorate its function with @technique(ConfigType)",
    )


def configure(step: Step, stage: Stage) -> tuple[Technique, Any]:
    """The technique of a step and its checked config.

    Raises:
        RecipeError: for an unknown technique, the wrong stage, or a bad parameter (`key` names it).
    """
    entry = find_technique(step.technique)
    if entry.stage != stage:
        raise RecipeError(
            f"{step.technique!r} belongs to the stage {entry.stage!r}",
            key="technique",
            remedy=f"move the step to [[{entry.stage}]]",
        )
    allowed = list(inspect.signature(entry.config).parameters)
    for key in step.params:
        if key not in allowed:
            raise RecipeError(
                f"{step.technique!r} has no such parameter",
                key=key,
                remedy=f"use one of: {', '.join(allowed)}",
            )
    try:
        return entry, msgspec.convert(step.params, entry.config)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$.")
        raise RecipeError(
            message, key=path.rstrip("`"), remedy="see docs/reference/recipe-fields.md"
        ) from error
