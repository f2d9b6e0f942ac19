"""What a teacher is sure of becomes a label."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.sites.teacher_labels import LabellingConfig, read_picture, sure_boxes
from lamplighter_recipes.tasks.detection.average_precision import IGNORE


def test_sure_boxes_are_taught_unsure_ones_ignored_and_guesses_dropped() -> None:
    answer = np.array(
        [[0, 0, 10, 10, 0.9, 2], [20, 0, 30, 10, 0.3, 1], [40, 0, 50, 10, 0.1, 0]], np.float32
    )
    labels = sure_boxes(answer, LabellingConfig(sure_score=0.4, vague_score=0.25))
    assert labels.tolist() == [[0, 0, 10, 10, 2], [20, 0, 30, 10, IGNORE]]


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(RecipeError, match="no readable picture") as caught:
        read_picture(path)
    assert caught.value.file == str(path)
