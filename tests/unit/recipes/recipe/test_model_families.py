"""Families by name, and what recipes take from them."""

import sys
from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.loader import load_recipe
from lamplighter_recipes.recipe.model_families import FAMILIES, facts_of_family
from lamplighter_wire.rules.sizes import DEFAULT_SIZES


def test_detectors_come_along() -> None:
    assert FAMILIES.names() == ["mobilenetv3", "nanodet", "own"]
    assert facts_of_family("nanodet").task == "traffic"
    assert tuple(facts_of_family("nanodet").sizes) == DEFAULT_SIZES


def test_an_unknown_family_names_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nparent = "mine"\nfamily = "yolo"\n')
    with pytest.raises(RecipeError, match="no family 'yolo'") as caught:
        load_recipe(path)
    families = ", ".join(FAMILIES.names())
    assert (caught.value.key, caught.value.remedy) == ("family", f"use one of: {families}")


def test_a_recipe_takes_sizes_and_model_from_its_family_unless_it_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The facts are read without the module."""
    (tmp_path / "tiny.toml").write_text('task = "parcels"\nsummary = "."\nsizes = ["96x64"]\n')
    (tmp_path / "tiny.py").write_text("raise AssertionError")
    distribution = tmp_path / "tiny-1.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text("Name: tiny\nVersion: 1\n")
    (distribution / "entry_points.txt").write_text("[lamplighter.model_families]\ntiny = tiny\n")
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nparent = "mine"\nfamily = "tiny"\n')
    assert (load_recipe(path).sizes, load_recipe(path).model) == (["96x64"], "tiny")
    path.write_text(f'{path.read_text()}model = "boxes"\nsizes = ["128x96"]\n')
    assert (load_recipe(path).sizes, load_recipe(path).model) == (["128x96"], "boxes")
    assert "tiny" not in sys.modules
