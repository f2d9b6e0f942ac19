"""Accuracy figures: our average precision agrees with COCO's."""

from dataclasses import replace

import numpy as np
import pytest
from lamplighter_recipes.tasks.detection.average_precision import (
    ap50,
    best_threshold,
    match,
    match_classes,
    tally,
)
from lamplighter_recipes.tasks.detection.evaluator import EVALUATOR
from lamplighter_recipes.tasks.detection.metrics import class_ap50, class_map50
from lamplighter_recipes.tasks.resampling import interval, mean_interval
from lamplighter_wire.tasks.detection import CLASSES

from tests.unit.recipes.tasks.detection.coco_reference import coco_class_ap50, merged

pytestmark = pytest.mark.torch


def _scene(seed: int, frames: int, classes: int = 1) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Random objects, and predictions that are shifted, sometimes missing or false."""
    rng = np.random.default_rng(seed)
    predictions, truths = [], []
    for _ in range(frames):
        count = int(rng.integers(0, 12))
        corner = rng.uniform(0, 500, (count, 2))
        side = rng.uniform(40, 90, (count, 2))
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
def test_average_precision_agrees_with_pycocotools(seed: int) -> None:
    predictions, truths = _scene(seed, 12, classes=7)
    ours = ap50([match(p, t) for p, t in zip(predictions, truths, strict=True)])
    theirs = coco_class_ap50(*merged(predictions, truths))["car"]
    assert ours == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_by_class_agrees_with_pycocotools(seed: int) -> None:
    predictions, truths = _scene(seed, 25, classes=7)
    truths[3][:2, 4] = -1  # ignored
    results = [match_classes(p, t) for p, t in zip(predictions, truths, strict=True)]
    theirs = coco_class_ap50(predictions, truths)
    assert class_ap50(results) == pytest.approx(theirs, abs=1e-6)
    assert class_map50(results) == pytest.approx(np.mean(list(theirs.values())), abs=1e-6)
    assert class_map50(results) < ap50(results)  # guessed classes are mostly wrong


def test_matches_by_class_survive_a_file() -> None:
    pairs = zip(*_scene(4, 6, classes=7), strict=True)
    results = [match_classes(p, t) for p, t in pairs]
    again = EVALUATOR.unpack(EVALUATOR.pack(results))
    assert ap50(again) == ap50(results)
    assert class_ap50(again) == class_ap50(results)
    assert all(len(frame.by_class) == len(CLASSES) for frame in again)


def test_without_objects_no_class_has_a_figure() -> None:
    nothing = match_classes(np.zeros((0, 6), np.float32), np.zeros((0, 5), np.float32))
    assert class_ap50([nothing]) == {}
    assert class_map50([nothing]) == 0.0


def test_the_interval_of_a_mean_over_groups_is_that_of_its_parts() -> None:
    easy, hard = ([match(*pair) for pair in zip(*_scene(n, 60), strict=True)] for n in (1, 2))
    hard = [replace(frame, truths=2 * frame.truths) for frame in hard]
    mean = (ap50(easy) + ap50(hard)) / 2
    low, high = mean_interval({"easy": easy, "hard": hard}, ap50)
    assert low < mean < high
    widths = [np.ptp(interval(group, ap50)) for group in (easy, hard)]
    assert high - low < max(widths)  # two halves, drawn apart
    assert mean_interval({"hard": hard}, ap50)[1] < low


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
