"""The reference of recipe fields names exactly the fields there are, with their defaults."""

import inspect
import re
from pathlib import Path

import msgspec
import pytest
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.recipe.technique_registry import find_technique, technique_names

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/recipe-fields.md"


NO_DEFAULT = (inspect.Parameter.empty, msgspec.NODEFAULT)


def _documented(heading: str) -> list[tuple[str, str]]:
    """(name, default) of a table's rows; none without a table."""
    section = PAGE.read_text().split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    return re.findall(r"^\| `([a-z_0-9]+)` \| [^|]+ \| ([^|]+) \|", section, re.MULTILINE)


def _as_shown(default: object) -> str:
    """A default in the words of the page."""
    if default in NO_DEFAULT:
        return "required"
    if isinstance(default, list):
        return ", ".join(f"`{value}`" for value in default) or "empty"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`" if default != "" else "empty"


def _default(field: msgspec.structs.FieldInfo) -> object:
    made = field.default_factory
    return field.default if made is msgspec.NODEFAULT else made()


def test_every_field_of_a_recipe_is_documented() -> None:
    fields = msgspec.structs.fields(Recipe)
    assert _documented("## Top level") == [(f.name, _as_shown(_default(f))) for f in fields]


@pytest.mark.parametrize("name", technique_names())
def test_every_parameter_of_a_technique_is_documented(name: str) -> None:
    parameters = inspect.signature(find_technique(name).config).parameters.values()
    assert _documented(f"### {name}") == [(p.name, _as_shown(p.default)) for p in parameters]
