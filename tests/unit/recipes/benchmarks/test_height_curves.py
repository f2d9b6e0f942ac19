"""What a detector finds by height: each labelled road user in one cell, each box once."""

from pathlib import Path

import numpy as np
from lamplighter_recipes.benchmarks.height_curves import (
    ALARM,
    PASSED_OVER,
    assigned,
    height_curve,
)
from lamplighter_recipes.tasks.detection.average_precision import IGNORE, match
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_wire.street.height_curves import CELLS, LEVELS
from lamplighter_wire.street.object_heights import BINS

SMALL, TALL, AWAY = (10, 10, 30, 22), (200, 100, 300, 220), (500, 300, 520, 312)


def frame(*boxes: tuple[float, ...], kind: float = 0.0) -> LabelledFrame:
    rows = np.array([(*box, kind) for box in boxes], np.float32).reshape(-1, 5)
    return LabelledFrame(Path("p.jpg"), 640, 480, rows)


def found(*boxes: tuple[tuple[float, ...], float]) -> np.ndarray:
    return np.array([(*box, score, 0) for box, score in boxes], np.float32).reshape(-1, 6)


def test_hits_lie_in_the_cell_of_their_label_and_the_level_of_their_score() -> None:
    curve = height_curve([found((SMALL, 0.62), (AWAY, 0.31))], [frame(SMALL, TALL)])
    hits, alarms = np.array(curve.hits), np.array(curve.alarms)
    assert (sum(curve.truths), hits.sum(), alarms.sum()) == (2, 1, 1)
    (cell,), (level,) = np.nonzero(hits)
    assert curve.truths[cell] == 1
    assert LEVELS[level] == 0.6
    assert hits.shape == (CELLS, len(LEVELS))
    assert alarms.shape == (BINS, len(LEVELS))


def test_who_is_covered_lies_in_cells_of_its_own() -> None:
    behind = (280, 100, 380, 220)
    curve = height_curve([found()], [frame(TALL, behind)])
    assert sum(curve.truths[:BINS]) == 0
    assert sum(curve.truths[BINS:]) == 2


def test_boxes_are_assigned_as_average_precision_matches_them() -> None:
    rng = np.random.default_rng(3)
    for _ in range(40):
        corners = rng.uniform(0, 300, (6, 2))
        truths = np.hstack([corners, corners + rng.uniform(10, 80, (6, 2)), np.zeros((6, 1))])
        truths[5, 4] = IGNORE
        near = truths[rng.integers(0, 6, 12), :4] + rng.normal(0, 6, (12, 4))
        boxes = np.hstack([near, rng.uniform(0, 1, (12, 1)), np.zeros((12, 1))]).astype(np.float32)
        labels = truths.astype(np.float32)
        _, of_label = assigned(boxes, labels)
        matched = match(boxes, labels)
        assert (of_label >= 0).sum() == matched.hits.sum()
        assert (of_label == ALARM).sum() == (~matched.hits).sum()
        assert set(of_label[of_label >= 0].tolist()) <= set(range(5))


def test_what_only_overlaps_an_ignored_box_is_passed_over() -> None:
    _, of_label = assigned(found((TALL, 0.9)), frame(TALL, kind=IGNORE).boxes)
    assert of_label.tolist() == [PASSED_OVER]
