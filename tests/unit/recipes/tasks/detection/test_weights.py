"""Parents on disk."""

from pathlib import Path

import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.weights import load_card, load_parent, save_parent

from tests.simulators.recipe_rig import random_images, tiny_detector

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


def test_weights_come_back_from_disk(tiny: Detector, tmp_path: Path) -> None:
    save_parent(tiny, "some-parent", tmp_path, {"seed": 7})
    loaded = load_parent("some-parent", tmp_path)
    images = random_images(1, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(loaded(images), tiny(images), atol=0.05, rtol=0.01)


def test_missing_and_damaged_weights_are_named(tiny: Detector, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"some-parent\.json"):
        load_parent("some-parent", tmp_path)
    save_parent(tiny, "some-parent", tmp_path)
    (tmp_path / "some-parent.safetensors").write_bytes(b"nonsense")
    with pytest.raises(RecipeError, match=r"some-parent\.safetensors"):
        load_parent("some-parent", tmp_path)
