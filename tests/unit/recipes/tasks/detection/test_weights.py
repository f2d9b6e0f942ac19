"""Parents on disk."""

from pathlib import Path

import pytest
from lamplighter_recipes.tasks.detection.weights import load_card, load_parent, save_parent

from tests.simulators.recipe_rig import tiny_detector

pytestmark = pytest.mark.torch


def test_a_parent_that_cannot_be_saved_leaves_the_one_before(tmp_path: Path) -> None:
    save_parent(tiny_detector(0), "mine", tmp_path, {"seed": 0})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(TypeError):
        save_parent(tiny_detector(1), "mine", tmp_path, {"seed": object()})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_parent_is_read_as_it_was_saved(tmp_path: Path) -> None:
    path = save_parent(tiny_detector(0), "mine", tmp_path, {"seed": 0})
    assert load_card("mine", tmp_path)["seed"] == 0
    assert load_parent("mine", tmp_path).architecture == tiny_detector(0).architecture
    assert len({file.stat().st_mode for file in tmp_path.iterdir()}) == 1
    assert path == tmp_path / "mine.json"
