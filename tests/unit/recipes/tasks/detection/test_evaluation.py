"""One way to evaluate, whatever runtime computed the boxes."""

import json
from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.tasks.detection.evaluation import (
    DEFAULT_THRESHOLD,
    OVERALL,
    choose_thresholds,
    evaluate,
    match_frames,
    predict,
    to_json,
)
from lamplighter_recipes.tasks.detection.labels import Image, LabelledFrame
from lamplighter_recipes.tasks.detection.weights import ALL_REGIMES, load_card, load_parent
from lamplighter_wire.tasks.detection import CLASSES, anchor_centres

SHIPPED = Path(__file__).parents[5] / "deploy/demo/weights"


def _truths(frames: int) -> list[np.ndarray]:
    """Random objects of all classes."""
    rng = np.random.default_rng(0)
    truths = []
    for _ in range(frames):
        count = int(rng.integers(1, 12))
        corner = rng.uniform(0, 500, (count, 2))
        side = rng.uniform(10, 90, (count, 2))
        label = rng.integers(0, len(CLASSES), (count, 1))
        truths.append(np.hstack([corner, corner + side, label]).astype(np.float32))
    return truths


def test_perfect_predictions_score_one() -> None:
    truths = _truths(6)
    predictions = [np.insert(truth, 4, 0.9, axis=1) for truth in truths]
    frames = [LabelledFrame(Path(), 640, 480, truth, "day-dry-free") for truth in truths]
    evaluation = evaluate(predictions, frames)
    assert evaluation[OVERALL].agnostic_ap50 == pytest.approx(1.0)
    assert evaluation["day-dry-free"].count_mae == 0
    assert all(value == pytest.approx(1.0) for value in evaluation[OVERALL].class_ap50.values())


def test_thresholds_are_chosen_per_regime() -> None:
    truth = np.array([[0, 0, 50, 50, 0]], np.float32)
    false = [200, 200, 240, 240]
    night = np.array([[0, 0, 50, 50, 0.3, 0], [*false, 0.2, 0]], np.float32)
    day = np.array([[0, 0, 50, 50, 0.9, 0], [*false, 0.5, 0]], np.float32)
    frames = [
        LabelledFrame(Path(), 640, 480, truth, regime)
        for regime in ("night-dry-free", "day-dry-free")
    ]
    thresholds = choose_thresholds(match_frames([night, day], frames), frames)
    assert 0.2 < thresholds["night-dry-free"] <= 0.3
    assert 0.5 < thresholds["day-dry-free"] <= 0.9


def test_what_holds_over_all_regimes_stands_in_for_a_regime_without_a_threshold() -> None:
    frames = [LabelledFrame(Path(), 640, 480, truth, "day-dry-free") for truth in _truths(2)]
    predictions = [np.insert(frame.boxes, 4, 0.9, axis=1) for frame in frames]
    given = evaluate(predictions, frames, {OVERALL: 0.5})
    assert given["day-dry-free"].threshold == given[OVERALL].threshold == 0.5
    assert evaluate(predictions, frames)[OVERALL].threshold == DEFAULT_THRESHOLD
    assert set(to_json(given)) == {OVERALL, "day-dry-free"}


def test_the_figure_over_all_regimes_counts_each_alike() -> None:
    truth = np.array([[0, 0, 50, 50, 0]], np.float32)
    regimes = ["day-dry-free"] * 3 + ["night-dry-free"]
    frames = [LabelledFrame(Path(), 640, 480, truth, regime) for regime in regimes]
    hit = np.insert(truth, 4, 0.9, axis=1)
    evaluation = evaluate([hit, hit, hit, hit[:0]], frames)
    assert evaluation[OVERALL].agnostic_ap50 == evaluation[OVERALL].class_map50 == 0.5
    low, high = evaluation[OVERALL].interval
    assert low <= 0.5 <= high


def test_predictions_are_in_the_frames_own_pixels() -> None:
    frame = LabelledFrame(Path(), 512, 192, np.zeros((0, 5), np.float32))

    def infer(images: np.ndarray) -> dict[str, np.ndarray]:
        centres = anchor_centres(images.shape[2], images.shape[1])
        scores = np.zeros((1, len(centres), len(CLASSES)), np.float32)
        nearest = int(np.abs(centres - [64, 48]).sum(1).argmin())
        scores[0, nearest, 2] = 0.9
        distances = np.zeros((1, len(centres), 4), np.float32)
        distances[0, nearest] = [*(centres[nearest] - [40, 30]), *([80, 60] - centres[nearest])]
        return {"scores": scores, "distances": distances}

    def black(_frame: LabelledFrame, width: int, height: int) -> Image:
        return np.zeros((height, width, 3), np.uint8)

    (boxes,) = predict(infer, [frame], (256, 96), black)
    np.testing.assert_allclose(boxes, [[80, 60, 160, 120, 0.9, 2]], rtol=1e-5)


@pytest.mark.torch
@pytest.mark.parametrize("name", ["nanodet-full", "nanodet-p50"])
def test_cards_that_say_all_are_read(name: str) -> None:
    stored = json.loads((SHIPPED / f"{name}.json").read_text())["accuracy"]
    tables = load_card(name, SHIPPED)["accuracy"]
    assert set(tables) == set(stored)
    for size, table in stored.items():
        assert tables[size][OVERALL] == table[ALL_REGIMES]
        assert ALL_REGIMES not in tables[size]


@pytest.mark.torch
@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.safetensors")))
def test_every_shipped_parent_loads_as_its_card_says(name: str) -> None:
    card = load_card(name, SHIPPED)
    parent = load_parent(name, SHIPPED)
    assert sum(each.numel() for each in parent.parameters()) == card["parameters"]
