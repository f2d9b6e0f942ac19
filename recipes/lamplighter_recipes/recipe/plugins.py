"""Modules that are found by name: ours, and those that other distributions name by entry points.

Beside each stands a TOML file of the same name with facts that are read without importing it.
"""

import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from lamplighter_recipes.errors import RecipeError


class Plugins:
    """All modules of a kind, such as techniques.

    Args:
        kind: for people, and the key that names one in a recipe.
        group: of the entry points that name others.
        ours: dotted modules by name; one of ours is not replaced by another's of its name.
    """

    def __init__(self, kind: str, group: str, ours: Callable[[], Mapping[str, str]]) -> None:
        self._kind, self._group, self._ours = kind, group, ours

    def names(self) -> list[str]:
        """All names in order; imports none of them."""
        return sorted(self._modules())

    def module(self, name: str) -> str:
        """The dotted module of a name.

        Raises:
            RecipeError: there is none.
        """
        modules = self._modules()
        if name not in modules:
            names = ", ".join(sorted(modules))
            raise RecipeError(
                f"no {self._kind} {name!r}", key=self._kind, remedy=f"use one of: {names}"
            )
        return modules[name]

    def facts_path(self, name: str) -> Path:
        """The TOML file beside the module, which is found through its package and not imported.

        Raises:
            RecipeError: there is no such module.
        """
        module = self.module(name)
        package, _, leaf = module.rpartition(".")
        spec = find_spec(package or module)
        places = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
        if not package and spec is not None and spec.origin:
            places = [Path(spec.origin).parent]
        return (places[0] if places else Path()) / f"{leaf}.toml"

    def _modules(self) -> dict[str, str]:
        return {**_of_others(self._group, tuple(sys.path)), **self._ours()}


@lru_cache(maxsize=16)
def _of_others(group: str, _path: tuple[str, ...]) -> dict[str, str]:
    """By the places that modules come from: looking through them takes milliseconds."""
    return {entry.name: entry.module for entry in entry_points(group=group)}
