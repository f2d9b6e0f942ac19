"""Do no harm: which candidates may serve."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_agent.engine import FakeEngine
from lamplighter_agent.prove import (
    LOOKS,
    Question,
    Sample,
    golden_f1,
    judge,
    latency_limit_ms,
    median_band,
    quantile_low,
    run_trial,
)
from lamplighter_wire.messages import GoldenFrame, Manifest, Prediction, ReasonCode


def street(
    candidate_ms: float, incumbent_ms: float = 0.0, noise: float = 0.1, seed: int = 1
) -> Callable[[int], Sample]:
    """Pairs with log-normal noise, and load that falls on both."""
    rng = random.Random(seed)

    def take(_: int) -> Sample:
        load = 1.0 + 0.5 * rng.random()
        mine = candidate_ms * load * rng.lognormvariate(0, noise)
        theirs = incumbent_ms * load * rng.lognormvariate(0, noise)
        return Sample(mine, theirs, mine / 1e3, theirs / 1e3)

    return take


def asked(predicted_ms: float = 0.0, **other: object) -> Question:
    return Question(
        predicted=Prediction(latency_p50_ms=predicted_ms, latency_rel_error=0.15),
        incumbent=True,
        **other,  # type: ignore[arg-type]
    )


def test_a_faster_candidate_passes_after_twenty_pairs() -> None:
    verdict, trial = run_trial(street(20, 50), asked(predicted_ms=22))
    assert verdict.passed
    assert trial.pairs == LOOKS[0]
    assert trial.ratio_high < 0.6


def test_a_candidate_slower_than_predicted_is_refused() -> None:
    verdict, trial = run_trial(street(60, 50), asked(predicted_ms=22, candidate_ap50=0.9))
    assert verdict.reason == ReasonCode.SLOWER
    assert "predicted 22.0 ms" in verdict.detail
    assert trial.ratio_low > 1


def test_load_during_the_trial_is_not_held_against_the_candidate() -> None:
    """Both take twice their time while something else runs."""
    verdict, _ = run_trial(street(40, 100), asked(predicted_ms=22, baseline_p50_ms=50))
    assert verdict.passed


def test_a_slower_candidate_that_buys_accuracy_passes() -> None:
    question = asked(predicted_ms=80, candidate_ap50=0.82, incumbent_ap50=0.75)
    assert run_trial(street(60, 30), question)[0].passed


@pytest.mark.parametrize("candidate_ms", [50.0, 80.0])
def test_a_candidate_that_is_better_in_nothing_is_refused(candidate_ms: float) -> None:
    question = asked(predicted_ms=200, candidate_ap50=0.7, incumbent_ap50=0.7)
    verdict, _ = run_trial(street(candidate_ms, 50, noise=0.02), question)
    assert verdict.reason == ReasonCode.DOMINATED


def test_memory_counts_when_the_plan_wants_it() -> None:
    assert run_trial(street(50, 50), asked(buys_memory=True))[0].passed


def test_hard_limits_hold_without_an_incumbent() -> None:
    limited = Question(latency_limit_ms=latency_limit_ms(50, 10), fps=10)
    assert run_trial(street(100), limited)[0].reason == ReasonCode.OVER_BUDGET
    assert run_trial(street(20), limited)[0].passed


def test_average_power_is_a_hard_limit() -> None:
    question = Question(power_limit_w=2.5, fps=5, idle_w=2.0, active_w_per_core=3.0)
    assert run_trial(street(100), question)[0].reason == ReasonCode.OVER_BUDGET
    assert run_trial(street(10), question)[0].passed


def test_a_first_prediction_may_be_off_by_its_own_band() -> None:
    wide = Question(predicted=Prediction(latency_p50_ms=20, latency_rel_error=0.6))
    narrow = Question(predicted=Prediction(latency_p50_ms=20, latency_rel_error=0.0))
    assert run_trial(street(24), wide)[0].passed
    assert run_trial(street(30), narrow)[0].reason == ReasonCode.SLOWER


def test_false_alarms_stay_below_five_percent() -> None:
    """At the very limit of the tolerance, over all looks together."""
    refused = sum(
        run_trial(
            street(23.0, 50, seed=seed),
            asked(predicted_ms=20, candidate_ap50=0.9, baseline_p50_ms=50),
        )[0].reason
        == ReasonCode.SLOWER
        for seed in range(200)
    )
    assert refused <= 0.05 * 200


@pytest.mark.parametrize(
    ("limit_ms", "fps", "expected"), [(0, 0, 0), (100, 0, 100), (100, 10, 80), (50, 10, 50)]
)
def test_the_latency_limit_is_the_tighter_of_two(
    limit_ms: float, fps: float, expected: float
) -> None:
    assert latency_limit_ms(limit_ms, fps) == pytest.approx(expected)


@given(st.lists(st.floats(0.1, 1e3), min_size=20, max_size=60))
def test_bands_are_ordered_and_every_final_look_answers(times: list[float]) -> None:
    band = median_band(times)
    assert min(times) <= band.low <= band.middle <= band.high <= max(times)
    assert quantile_low(times, 0.95) <= max(times)
    samples = [Sample(t, 50.0, t, 50.0) for t in times]
    assert judge(asked(predicted_ms=50, latency_limit_ms=60), samples, final=True) is not None


BOXES = np.array([[0.25, 0.25, 0.5, 0.5, 0.9, 0], [0.6, 0.6, 0.9, 0.9, 0.8, 3]], np.float32)


def golden(boxes: np.ndarray) -> Manifest:
    scaled = boxes * np.array([256, 192, 256, 192, 1, 1], np.float32)
    frame = GoldenFrame(image="a" * 64, width=256, height=192, boxes=scaled.tolist())
    return Manifest(golden=[frame])


def picture() -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", np.zeros((192, 256, 3), np.uint8))[1])


def test_golden_frames_tell_a_sound_runtime_from_a_broken_one() -> None:
    jpeg = picture()
    sound, broken = FakeEngine(BOXES), FakeEngine(BOXES[:1] + np.float32([0.3, 0, 0.3, 0, 0, 0]))
    assert golden_f1(sound, golden(BOXES), lambda _: jpeg) == pytest.approx(1.0)
    assert golden_f1(broken, golden(BOXES), lambda _: jpeg) < 0.5
    assert golden_f1(sound, Manifest(), lambda _: jpeg) == -1.0
