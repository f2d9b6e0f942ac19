"""Frames that calibrate."""

import pytest
from lamplighter_recipes.building.calibration import chosen_frames
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.variants.identity import Materials

pytestmark = pytest.mark.torch


def test_an_unknown_regime_names_those_there_are(folders: Materials) -> None:
    with pytest.raises(RecipeError, match="snow") as caught:
        chosen_frames(load_frames(folders.calibration_dir), "snow")
    assert "night-dry-free" in caught.value.remedy
