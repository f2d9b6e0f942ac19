"""The recipe and the technique of the how-to page are real ones."""

import re
from pathlib import Path

from lamplighter_recipes.recipe.loader import check_recipe, load_recipe

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/write-a-recipe.md"


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    return found[1]


def test_the_example_recipe_loads(tmp_path: Path) -> None:
    path = tmp_path / "int8-night.toml"
    path.write_text(_block("toml"))
    recipe = load_recipe(path)
    check_recipe(recipe, str(path))
    assert recipe.calibration == "night"


def test_the_example_technique_is_marked() -> None:
    names: dict[str, object] = {}
    exec(_block("python"), names)  # noqa: S102 - our own page
    config, stage = names["round_weights"].__lamplighter_technique__  # type: ignore[attr-defined]
    assert (config().digits, stage) == (3, "specialise")
