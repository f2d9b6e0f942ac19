"""Scores over evaluation sets: what is counted, what is kept, and what the page says."""

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from lamplighter_recipes.benchmarks.accuracy import (
    SHIPPED,
    AccuracyReport,
    Score,
    SetFacts,
    bench_accuracy,
    keep_streets,
    score,
    street_table,
)
from lamplighter_recipes.benchmarks.accuracy_page import page
from lamplighter_recipes.benchmarks.kept_answers import KeptAnswers
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.evaluator import EVALUATOR
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_recipes.tasks.frame_set import FrameSet
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials, known_figures
from lamplighter_wire.tasks.detection import CLASSES, anchor_centres

pytestmark = pytest.mark.torch
OBJECT = np.array([[10, 10, 60, 60, 2]], np.float32)
FALSE = [200, 200, 250, 250]


def frames_of(tmp_path: Path, regimes: list[str]) -> FrameSet:
    """Black pictures with one truck each."""
    frames = []
    for number, regime in enumerate(regimes):
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), np.zeros((96, 128, 3), np.uint8))
        frames.append(LabelledFrame(path, 128, 96, OBJECT, regime))
    return FrameSet(tuple(frames))


def boxes(*rows: tuple[list[float], float, int]) -> np.ndarray:
    return np.array([[*box, found, kind] for box, found, kind in rows], np.float32).reshape(-1, 6)


def test_the_headline_counts_each_regime_alike(tmp_path: Path) -> None:
    frames = frames_of(tmp_path, ["day-dry-free"] * 3 + ["night-dry-free"])
    hit, nothing = boxes(([10, 10, 60, 60], 0.9, 2)), boxes()
    found = [hit, hit, hit, nothing]
    result = score("int8", "384x288", "low", found, found, found, frames)
    assert result.ap50 == 0.5  # 1 by day and 0 by night, though three of four are found
    assert result.interval[0] <= 0.5 <= result.interval[1]
    assert result.agreement == 1.0


def test_a_wrong_class_hits_but_not_by_class_and_a_false_alarm_is_counted(tmp_path: Path) -> None:
    frames = frames_of(tmp_path, ["day-dry-free"] * 4)
    wrong = boxes(([10, 10, 60, 60], 0.9, 0), (FALSE, 0.6, 0))
    served = [wrong[:1], wrong[:1], wrong, wrong]
    reference = [wrong[:1]] * 4
    result = score("int8", "384x288", "low", [wrong] * 4, served, reference, frames)
    assert result.ap50 == 1.0
    assert result.class_map50 == 0.0
    assert result.false_alarms == 0.5
    assert result.agreement == pytest.approx((1 + 1 + 2 / 3 + 2 / 3) / 4, abs=1e-4)


def test_answers_are_computed_once(tmp_path: Path) -> None:
    frames = frames_of(tmp_path, ["day-dry-free"] * 2)
    calls: list[int] = []

    def infer(images: np.ndarray) -> dict[str, np.ndarray]:
        calls.append(len(images))
        centres = anchor_centres(images.shape[2], images.shape[1])
        scores = np.zeros((1, len(centres), len(CLASSES)), np.float32)
        scores[0, 5, 2] = 0.9
        return {"scores": scores, "distances": np.full((1, len(centres), 4), 9.0, np.float32)}

    kept = KeptAnswers(tmp_path / "answers")
    first = kept.boxes("a-1", infer, EVALUATOR, frames, "64x32")
    again = KeptAnswers(tmp_path / "answers").boxes("a-1", infer, EVALUATOR, frames, "64x32")
    assert calls == [1, 1]
    assert len(first) == len(again) == 2
    np.testing.assert_array_equal(first[1], again[1])
    assert first[0][0, 2] - first[0][0, 0] > 18  # in the frame's own pixels, twice as large
    kept.boxes("a-2", infer, EVALUATOR, frames, "64x32")
    assert len(calls) == 4


def report_of() -> AccuracyReport:
    facts = SetFacts(name="low", frames=4, objects=1.0, regimes=["day-dry-free"], still_share=0.7)
    shipped = SetFacts(name=SHIPPED, frames=4, objects=1.0, regimes=["day-dry-free"])
    scores = [
        Score(
            variant="int8",
            size="384x288",
            street=street,
            ap50=ap50,
            interval=(0.4, 0.6),
            class_map50=0.3,
            agreement=0.8,
            false_alarms=0.1,
        )
        for street, ap50 in (("low", 0.5), (SHIPPED, 0.9))
    ]
    return AccuracyReport(sets=[facts, shipped], scores=scores)


def test_the_page_shows_interval_classes_and_stillness() -> None:
    text = page(report_of())
    assert "| low | 0.500 (0.40–0.60) / 0.30 |" in text
    assert "| low | 4 | 1.0 | 1 | 70% of the seconds |" in text
    assert "| mean of all but `shipped` | 0.500 ± 0.100 |" in text


def test_the_mean_over_independent_sets_is_surer_than_each() -> None:
    one = report_of()
    low, shipped = one.sets
    sets = [msgspec.structs.replace(low, name=f"low-{n}") for n in range(4)]
    scores = [msgspec.structs.replace(one.scores[0], street=street.name) for street in sets]
    four = msgspec.structs.replace(one, sets=[*sets, shipped], scores=[*scores, one.scores[1]])
    assert "| mean of all but `shipped` | 0.500 ± 0.050 |" in page(four)


def test_only_streets_that_are_not_the_cards_own_are_kept(tmp_path: Path) -> None:
    assert street_table(report_of(), "int8") == {"low": {"384x288": 0.5}}
    card = VariantCard(id="int8-1", recipe="int8", expected_ap50={"384x288": {"a": 0.9}})
    other = VariantCard(id="p50-1", recipe="p50", street_ap50={"high": {"384x288": 0.4}})
    (tmp_path / "variants.json").write_bytes(msgspec.json.encode([card, other]))
    keep_streets(report_of(), tmp_path)
    assert known_figures(tmp_path)["p50-1"].street_ap50 == other.street_ap50
    kept = known_figures(tmp_path)["int8-1"]
    assert kept.street_ap50 == {"low": {"384x288": 0.5}}
    assert kept.expected_ap50 == card.expected_ap50


def test_a_street_seen_only_by_night_says_nothing_of_the_mean_over_regimes() -> None:
    report = report_of()
    night = SetFacts(name="night", frames=4, objects=1.0, regimes=["night-rain-free"])
    report.sets.append(night)
    report.scores.append(msgspec.structs.replace(report.scores[0], street="night", ap50=0.1))
    assert street_table(report, "int8") == {"low": {"384x288": 0.5}}


def test_a_folder_without_sets_says_how_to_make_them(tmp_path: Path) -> None:
    materials = Materials(*[tmp_path] * 5)
    with pytest.raises(RecipeError, match="scenes dataset evaluation"):
        bench_accuracy(tmp_path, tmp_path / "out", {}, materials)
