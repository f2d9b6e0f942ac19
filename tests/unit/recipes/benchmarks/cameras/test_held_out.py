"""Cameras left out in turn: what others let expect, and what none of it may come from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.benchmarks.cameras.held_out import (
    Expectation,
    curves_without,
    expectations,
    figures_of,
)
from lamplighter_recipes.benchmarks.cameras.page import page
from lamplighter_recipes.benchmarks.cameras.parts import Answers, Part, Point, parts_of
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_wire.street.camera_figures import ALL

FULL: Point = ("full", "384x288")
HALF: Point = ("half", "384x288")
# Share of low road users before each camera; the rest is tall. Who is low is found more rarely.
CAMERAS = {"a": 0.1, "b": 0.3, "c": 0.5, "d": 0.7, "e": 0.9}
FOUND = {FULL: (0.6, 0.95), HALF: (0.2, 0.85)}
PICTURES = 80
HEIGHTS = (14.0, 120.0)


def world(cameras: dict[str, float] = CAMERAS, worse: dict[str, float] | None = None) -> list[Part]:
    """Before some cameras the half network takes a share of the tall ones as if they were low."""
    rng = np.random.default_rng(5)
    frames: list[LabelledFrame] = []
    boxes: dict[Point, list[np.ndarray]] = {FULL: [], HALF: []}
    for camera, low in cameras.items():
        for number in range(PICTURES):
            is_low = rng.uniform(size=6) < low
            labels = np.array([_label(place, bool(one)) for place, one in enumerate(is_low)])
            frame = LabelledFrame(Path(f"{camera}-{number}.jpg"), 640, 480, labels, "day", camera)
            frames.append(frame)
            is_hard = rng.uniform(size=6) < (worse or {}).get(camera, 0.0)
            boxes[FULL].append(_found(labels, is_low, FOUND[FULL], rng))
            boxes[HALF].append(_found(labels, is_low | is_hard, FOUND[HALF], rng))
    answers = {point: Answers(found, {"day": 0.5}) for point, found in boxes.items()}
    return parts_of(frames, answers)


def _label(place: int, is_low: bool) -> list[float]:
    left, height = 100.0 * place, HEIGHTS[0] if is_low else HEIGHTS[1]
    return [left, 10.0, left + 60.0, 10.0 + height, 0.0]


def _found(
    labels: np.ndarray, is_low: np.ndarray, shares: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    is_found = rng.uniform(size=len(labels)) < np.where(is_low, *shares)
    real = [[*row[:4], rng.uniform(0.5, 0.9), 0] for row in labels[is_found]]
    alarm = [600.0, 300.0, 620.0, 314.0, rng.uniform(0.1, 0.4), 0]
    return np.array([*real, alarm], np.float32)


def of(rows: list[Expectation], camera: str, point: Point) -> Expectation:
    return next(row for row in rows if (row.camera, row.variant) == (camera, point[0]))


def test_heights_tell_cameras_apart_that_their_mean_does_not() -> None:
    rows = [row for row in expectations(world(), FULL) if row.variant == "half"]
    by_heights = [abs(row.by_heights - row.ap50) for row in rows]
    by_mean = [abs(row.others - row.ap50) for row in rows]
    assert len(rows) == len(CAMERAS)
    assert np.mean(by_heights) < 0.04 < np.mean(by_mean)


def test_a_camera_says_nothing_of_itself() -> None:
    """What is expected before it is the same, whatever its labels say."""
    parts = world()
    spoilt = [
        replace(part, points={p: replace(one, ap50=0.0) for p, one in part.points.items()})
        if part.camera == "c"
        else part
        for part in parts
    ]
    before, after = expectations(parts, FULL), expectations(spoilt, FULL)
    known, same = of(before, "c", HALF), of(after, "c", HALF)
    assert (known.others, known.by_heights) == (same.others, same.by_heights)
    assert known.ap50 != same.ap50
    without = curves_without(parts, "c")
    assert without == curves_without([part for part in parts if part.camera != "c"])
    assert without[FULL][ALL].pictures == PICTURES * (len(CAMERAS) - 1)


def test_what_heights_do_not_say_the_agreement_does() -> None:
    """Of pairs of cameras with the same heights, before the second one tall ones are hard too."""
    cameras = {f"{name}{number}": share for name, share in CAMERAS.items() for number in range(2)}
    worse = {name: 0.5 for name in cameras if name.endswith("1")}
    rows = [row for row in expectations(world(cameras, worse), FULL) if row.variant == "half"]
    by_heights = np.mean([abs(row.by_heights - row.ap50) for row in rows])
    by_agreement = np.mean([abs(row.by_agreement - row.ap50) for row in rows])
    assert by_agreement < 0.7 * by_heights


def test_what_is_kept_says_how_far_it_is_off_elsewhere() -> None:
    known = figures_of(world(), {"full": "nanodet-full", "half": "nanodet-half"})
    line = known["half"].by_heights["384x288"]
    assert line.cameras == len(CAMERAS)
    assert 0 < line.spread < 0.1
    assert known["half"].curves["384x288"].keys() == {ALL, "day"}
    assert known["half"].by_agreement["384x288"].keys() == {"nanodet-full@384x288"}
    assert known["full"].by_agreement["384x288"] == {}, "nothing is better"


def test_a_camera_with_few_road_users_is_left_out_of_the_lines() -> None:
    few = parts_of(
        [LabelledFrame(Path("x.jpg"), 640, 480, np.array([_label(0, True)]), "day", "few")],
        {point: Answers([np.zeros((0, 6), np.float32)], {}) for point in (FULL, HALF)},
    )
    assert {row.camera for row in expectations([*world(), *few], FULL)} == set(CAMERAS)


def test_the_page_holds_a_row_for_each_camera() -> None:
    rows = expectations(world(), FULL)
    text = page(rows, "full@384x288")
    assert text.count("| half@384x288 |") == len(CAMERAS)
    assert "| agreement |" in text
    assert f"{len(CAMERAS)} cameras, {len(CAMERAS)} pairs" in text
    wrong = of(rows, "e", HALF)
    assert wrong.count_error > 0.4, "of tenfold low ones a fifth is found"
    assert f"| {wrong.count_error:.0%} | {wrong.count_error_by_agreement:.0%} |" in text


@pytest.mark.parametrize("regime", ["day", "night"])
def test_parts_are_by_camera_and_regime(regime: str) -> None:
    frames = [LabelledFrame(Path("x.jpg"), 640, 480, np.array([_label(0, False)]), regime, "gate")]
    boxes = np.array([[*_label(0, False)[:4], 0.6, 0]], np.float32)
    (part,) = parts_of(frames, {FULL: Answers([boxes], {regime: 0.5})}, "city")
    assert (part.camera, part.regime, part.objects) == ("city/gate", regime, 1)
    assert (part.points[FULL].ap50, part.points[FULL].count_error) == (1.0, 0.0)
    assert part.points[FULL].seen.sum() == 1
