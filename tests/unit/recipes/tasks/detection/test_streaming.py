"""Streaming accuracy: late and rare answers cost, and carrying boxes forward gives some back."""

import numpy as np
import pytest
from lamplighter_recipes.tasks.detection.average_precision import ap50
from lamplighter_recipes.tasks.detection.streaming import (
    follow,
    frames_run,
    streamed,
    streaming_matches,
)

pytestmark = pytest.mark.torch
FPS = 10.0


def car(x: float, y: float = 100.0) -> list[float]:
    return [x, y, x + 40, y + 20]


def drive(frames: int, px_per_s: float) -> list[np.ndarray]:
    """Labels [2, 5] of a car that drives to the right and one that comes towards it below."""
    return [
        np.array(
            [[*car(px_per_s * n / FPS), 0], [*car(600 - px_per_s * n / FPS, 300.0), 0]], np.float32
        )
        for n in range(frames)
    ]


def perfect(truths: list[np.ndarray]) -> list[np.ndarray]:
    return [np.insert(truth, 4, 0.9, axis=1) for truth in truths]


def sap50(px_per_s: float, every: int, latency_s: float, *, carry: bool) -> float:
    truths = drive(60, px_per_s)
    boxes = perfect(truths)
    known = {n: boxes[n] for n in range(0, 60, every)}
    shown = streamed(known, 60, FPS, latency_s, carry=carry)
    return ap50(streaming_matches(shown, truths))


def test_a_network_without_latency_at_every_frame_scores_as_on_pictures() -> None:
    assert sap50(100.0, 1, 0.0, carry=False) == 1.0


def test_an_answer_counts_from_when_it_is_ready() -> None:
    boxes = np.array([[*car(0.0), 0.9, 0]], np.float32)
    shown = streamed({0: boxes, 4: boxes}, 8, FPS, 0.25)
    assert [len(one) for one in shown] == [0, 0, 0, 1, 1, 1, 1, 1]


def test_latency_costs_accuracy_where_things_move() -> None:
    assert sap50(10.0, 1, 0.2, carry=False) > 0.9
    assert sap50(200.0, 1, 0.2, carry=False) < 0.2


def test_a_lower_rate_costs_accuracy_and_carrying_gives_most_of_it_back() -> None:
    fast, slow = (sap50(60.0, every, 0.05, carry=False) for every in (1, 5))
    assert slow < fast - 0.2
    carried = sap50(60.0, 5, 0.05, carry=True)
    assert carried > slow + 0.2
    assert carried > 0.8


def test_boxes_keep_their_own_velocities() -> None:
    first = np.array([[*car(0.0), 0.9, 0], [*car(100.0, 300.0), 0.9, 0]], np.float32)
    second = np.array([[*car(90.0, 300.0), 0.9, 0], [*car(20.0), 0.9, 0]], np.float32)
    moving = follow(follow(None, 0.0, first), 0.5, second)
    assert moving.velocities.tolist() == [[-20.0, 0.0], [40.0, 0.0]]
    np.testing.assert_allclose(moving.at(1.0)[:, 0], [80.0, 40.0])


def test_what_is_new_or_far_away_stays_where_it_is() -> None:
    before = follow(None, 0.0, np.array([[*car(0.0), 0.9, 0]], np.float32))
    after = follow(before, 0.5, np.array([[*car(500.0), 0.9, 0]], np.float32))
    assert after.velocities.tolist() == [[0.0, 0.0]]


def test_a_busy_network_skips_frames_and_a_rate_is_kept_on_average() -> None:
    assert frames_run(10, FPS, 10.0, 0.0) == list(range(10))
    assert frames_run(10, FPS, 10.0, 0.15) == [0, 2, 4, 6, 8]
    assert len(frames_run(100, FPS, 3.0, 0.01)) == pytest.approx(30, abs=1)
    assert np.diff(frames_run(100, FPS, 3.0, 0.01)).max() == 4
