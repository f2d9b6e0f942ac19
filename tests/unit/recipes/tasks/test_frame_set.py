"""Frames of several regimes, whatever the task."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_recipes.tasks.frame_set import by_regime, frame_set


def frame(regime: str) -> LabelledFrame:
    return LabelledFrame(Path(), 8, 8, np.zeros((0, 5), np.float32), regime)


def test_frames_without_a_regime_count_only_over_all() -> None:
    frames = [frame("b"), frame(""), frame("a")]
    assert by_regime([1, 2, 3], frames) == {"a": [3], "b": [1]}


def test_a_set_has_frames_and_each_a_regime() -> None:
    with pytest.raises(RecipeError, match="no images"):
        frame_set([], Path("annotations.json"))
    with pytest.raises(RecipeError, match="no regime"):
        frame_set([frame("a"), frame("")], Path("annotations.json"))
    assert frame_set([frame("b"), frame("a")], Path()).regimes == ["a", "b"]
