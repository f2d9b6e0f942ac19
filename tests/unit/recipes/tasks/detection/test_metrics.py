"""Accuracy figures: our average precision agrees with COCO's."""

import numpy as np
import pytest
from lamplighter_recipes.tasks.detection.average_precision import (
    ap50,
    best_threshold,
    match,
    tally,
)
from lamplighter_recipes.tasks.detection.metrics import class_ap50
from lamplighter_recipes.tasks.resampling import interval

pytestmark = pytest.mark.torch


def _scene(seed: int, frames: int, classes: int = 1) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Random objects, and predictions that are shifted, sometimes missing or false."""
    rng = np.random.default_rng(seed)
    predictions, truths = [], []
    for _ in range(frames):
        count = int(rng.integers(0, 12))
        corner = rng.uniform(0, 500, (count, 2))
        side = rng.uniform(10, 90, (count, 2))
        label = rng.integers(0, classes, (count, 1))
        truths.append(np.hstack([corner, corner + side, label]).astype(np.float32))
        moved = np.hstack([corner, corner + side]) + rng.normal(0, 6, (count, 4))
        false = rng.uniform(0, 400, (3, 2))
        boxes = np.vstack([moved[rng.random(count) < 0.8], np.hstack([false, false + 40])])
        scores = rng.uniform(0.05, 1, (len(boxes), 1))
        guessed = rng.integers(0, classes, (len(boxes), 1))
        predictions.append(np.hstack([boxes, scores, guessed]).astype(np.float32))
    return predictions, truths


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_agrees_with_faster_coco_eval(seed: int) -> None:
    predictions, truths = _scene(seed, 12)
    ours = ap50([match(p, t) for p, t in zip(predictions, truths, strict=True)])
    assert class_ap50(predictions, truths)["car"] == pytest.approx(
        ours, abs=0.01
    )  # one recall point of 101


def test_ignored_boxes_are_neither_right_nor_wrong() -> None:
    truth = np.array([[0, 0, 50, 50, 0], [100, 100, 150, 150, -1]], np.float32)
    found = np.array([[0, 0, 50, 50, 0.9, 0], [100, 100, 150, 150, 0.8, 0]], np.float32)
    assert tally([match(found, truth)], 0.5) == tally([match(found[:1], truth[:1])], 0.5)


def test_interval_holds_the_point_and_shrinks_with_data() -> None:
    wide, narrow = ([match(*pair) for pair in zip(*_scene(1, n), strict=True)] for n in (8, 120))
    low, high = interval(narrow, ap50)
    assert low <= ap50(narrow) <= high
    few_low, few_high = interval(wide, ap50)
    assert high - low < few_high - few_low


def test_best_threshold_has_the_best_f1() -> None:
    frames = [match(*pair) for pair in zip(*_scene(2, 20), strict=True)]
    best = best_threshold(frames)
    assert all(tally(frames, best).f1 >= tally(frames, t).f1 for t in (0.2, 0.3, 0.5, 0.7))
