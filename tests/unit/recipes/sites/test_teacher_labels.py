"""What a teacher is sure of becomes a label."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.sites.teacher_labels import (
    LabellingConfig,
    read_picture,
    sure_boxes,
    teacher_answer,
)
from lamplighter_recipes.tasks.detection.average_precision import IGNORE
from lamplighter_wire.tasks.detection import Detection, anchor_centres


def test_sure_boxes_are_taught_unsure_ones_ignored_and_guesses_dropped() -> None:
    answer = np.array(
        [[0, 0, 10, 10, 0.9, 2], [20, 0, 30, 10, 0.3, 1], [40, 0, 50, 10, 0.1, 0]], np.float32
    )
    labels = sure_boxes(answer, LabellingConfig(sure_score=0.4, vague_score=0.25))
    assert labels.tolist() == [[0, 0, 10, 10, 2], [20, 0, 30, 10, IGNORE]]


def test_a_teacher_looks_in_all_sizes_and_at_the_mirrored_picture_too() -> None:
    """One that says a thing stands where the picture is bright, and only in large pictures."""
    image = np.zeros((96, 128, 3), np.uint8)
    image[32:64, 0:32] = 255
    asked: list[tuple[int, int]] = []

    def teacher(pictures: np.ndarray) -> dict[str, np.ndarray]:
        height, width = pictures.shape[1:3]
        asked.append((width, height))
        centres = anchor_centres(width, height).astype(int)
        bright = pictures[0, centres[:, 1].clip(0, height - 1), centres[:, 0].clip(0, width - 1), 0]
        scores = np.zeros((1, len(centres), 7), np.float32)
        scores[0, :, 2] = 0.8 * (bright > 128) * (width >= 128)
        reach = np.full((1, len(centres), 4), width / 8, np.float32)
        return {"scores": scores, "distances": reach}

    config = LabellingConfig(sizes=((64, 64), (128, 96)), mirrored=True)
    answer = teacher_answer(teacher, image, config, Detection())
    assert sorted(asked) == [(64, 64), (64, 64), (128, 96), (128, 96)]
    best = answer[0]
    assert best[4] == pytest.approx(0.4)  # seen by half of the looks
    assert (best[0] + best[2]) / 2 < 40


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(RecipeError, match="no readable picture") as caught:
        read_picture(path)
    assert caught.value.file == str(path)
