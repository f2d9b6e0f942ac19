"""Techniques of the package lie in a folder for each kind and are named without it."""

import importlib.util
from pathlib import Path

import lamplighter_recipes
import pytest
from lamplighter_recipes.recipe.technique_registry import TECHNIQUES, facts_of, technique_names

FILES = sorted((Path(lamplighter_recipes.__file__).parent / "techniques").rglob("*.toml"))


def test_no_two_techniques_of_different_kinds_have_one_name() -> None:
    names = [path.stem for path in FILES]
    assert len(set(names)) == len(names)
    assert set(names) <= set(technique_names())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_technique_is_the_module_beside_its_facts(path: Path) -> None:
    assert TECHNIQUES.facts_path(path.stem) == path
    spec = importlib.util.find_spec(TECHNIQUES.module(path.stem))
    assert spec is not None and spec.origin == str(path.with_suffix(".py"))
    assert facts_of(path.stem).summary
