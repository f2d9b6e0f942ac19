"""Which recipes there are for what the materials hold."""

from pathlib import Path

from lamplighter_controller.workshop.material_sets import MaterialSets
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.variants.identity import Materials

OWN = """name = "mine"
title = "Of a parent that is not there"
summary = "Its weights were forgotten."
parent = "forgotten"
saves = []
hardware = "Any."
"""


def _sets(root: Path, *parents: str, recipes_dir: Path | None = None) -> MaterialSets:
    names = ("weights", "calibration", "evaluation", "golden", "cache")
    materials = Materials(*(root / name for name in names))
    materials.weights_dir.mkdir()
    for parent in parents:
        (materials.weights_dir / f"{parent}.safetensors").touch()
    return MaterialSets(materials, recipes_dir)


def test_a_recipe_that_ships_is_left_out_where_its_parent_is_not_held(tmp_path: Path) -> None:
    recipes = _sets(tmp_path, "nanodet-full").recipes()
    assert {recipe.parent for recipe in recipes.values()} == {"nanodet-full"}
    assert "int8-full" in recipes


def test_materials_without_any_parent_are_not_taken_for_older_ones(tmp_path: Path) -> None:
    assert _sets(tmp_path).recipes().keys() == load_catalogue().keys()


def test_a_recipe_of_ones_own_is_never_left_out_in_silence(tmp_path: Path) -> None:
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "mine.toml").write_text(OWN)
    recipes = _sets(tmp_path, "nanodet-full", recipes_dir=folder).recipes()
    assert "mine" in recipes and "p50" not in recipes
