"""What tells of cameras lies beside the weights, and is asked for by variant."""

from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.variants.camera_figures import (
    CAMERA_FIGURES,
    keep_cameras,
    known_cameras,
)

from tests.simulators.height_worlds import figures


def test_figures_of_variants_that_were_not_measured_now_stay(tmp_path: Path) -> None:
    assert known_cameras(tmp_path) == {}
    keep_cameras(tmp_path, {"a": figures(0.5, 0.9), "b": figures(0.2, 0.8)})
    keep_cameras(tmp_path, {"b": figures(0.3, 0.7)})
    assert known_cameras(tmp_path) == {"a": figures(0.5, 0.9), "b": figures(0.3, 0.7)}


def test_a_damaged_file_is_named_with_the_command_that_writes_it(tmp_path: Path) -> None:
    (tmp_path / CAMERA_FIGURES).write_text('{"a": 3}')
    with pytest.raises(RecipeError, match=r"camera-figures\.json.*bench accuracy --keep"):
        known_cameras(tmp_path)
