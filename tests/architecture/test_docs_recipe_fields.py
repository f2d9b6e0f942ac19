"""The reference of recipe fields names exactly the fields there are."""

import inspect
import re
from pathlib import Path

import msgspec
import pytest
from lamplighter_recipes.recipe import Recipe
from lamplighter_recipes.registry import find_technique, technique_names

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/recipe-fields.md"


def _documented(heading: str) -> list[str]:
    section = PAGE.read_text().split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    return re.findall(r"^\| `([a-z_0-9]+)` \|", section, re.MULTILINE)


def test_every_field_of_a_recipe_is_documented() -> None:
    assert _documented("## Top level") == [field.name for field in msgspec.structs.fields(Recipe)]


@pytest.mark.parametrize("name", technique_names())
def test_every_parameter_of_a_technique_is_documented(name: str) -> None:
    expected = list(inspect.signature(find_technique(name).config).parameters)
    assert _documented(f"### {name}") == expected
