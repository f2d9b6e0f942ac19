"""What a probation notices, with many frames and with few."""

import random

import pytest
from lamplighter_agent.acceptance.verdict import PASSED, Verdict
from lamplighter_agent.inference.tally import Served
from lamplighter_agent.updating.probation import breach_in_service, judge, judge_together
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Desired
from lamplighter_wire.policy.device_policy import DevicePolicy

LIMIT_MS = 100.0


@pytest.mark.parametrize(
    ("slow", "fast", "probation", "broken"),
    [
        (4, 8, 12, True),  # a third of 12 frames is no accident
        (3, 9, 12, False),
        (5, 6, 12, False),  # eleven frames say nothing
        (5, 6, 1, False),  # however short the probation
        (12, 0, 200, False),  # a long probation waits for more
        (6, 44, 200, True),
        (5, 45, 200, False),
    ],
)
def test_what_a_probation_shows(slow: int, fast: int, probation: int, broken: bool) -> None:
    said = breach_in_service([120.0] * slow + [80.0] * fast, LIMIT_MS, probation)
    assert said.startswith("p95 120.0 ms while it served") if broken else not said


def test_without_a_limit_nothing_breaks() -> None:
    assert not breach_in_service([1e6] * 300, 0.0, 12)


def _served(frames: int, seconds: float, response_ms: float, errors: int = 0) -> Served:
    return Served(frames, seconds, (response_ms,) * frames, errors, 0, (response_ms,) * frames)


def part_ended(part_slow: float, frames: int = 50) -> float:
    """Part of 300 probations that end although each frame is judged as it comes."""
    rng, ended = random.Random(7), 0
    for _ in range(300):
        times = [120.0 if rng.random() < part_slow else 80.0 for _ in range(frames)]
        ended += any(breach_in_service(times[:n], LIMIT_MS, 12) for n in range(12, frames))
    return ended / 300


def test_a_short_probation_tells_trouble_from_accidents() -> None:
    assert part_ended(0.02) <= 0.01
    assert part_ended(0.3) >= 0.98


@pytest.mark.parametrize(
    ("frames", "seconds", "errors", "reason"),
    [
        (50, 40.0, 0, ""),
        (49, 40.0, 0, None),
        (50, 29.0, 0, None),
        (10, 5.0, 3, ReasonCode.INCOMPATIBLE),
        (10, 5.0, 2, None),
        (3, 899.0, 0, None),  # a camera may be lost for a while
        (3, 901.0, 0, ReasonCode.TIMEOUT),
    ],
)
def test_a_probation_ends_with_enough_frames_and_time(
    frames: int, seconds: float, errors: int, reason: str | None
) -> None:
    desired = Desired(probation_frames=50, probation_s=30.0)
    served = _served(frames, seconds, 80.0, errors)
    verdict = judge(served, desired, LIMIT_MS)
    assert (None if verdict is None else verdict.reason) == reason


def test_what_is_too_slow_ends_a_probation_at_once() -> None:
    verdict = judge(_served(60, 1.0, 120.0), Desired(), LIMIT_MS)
    assert verdict is not None and verdict.reason == ReasonCode.OVER_BUDGET


def test_all_streams_must_pass_and_one_is_enough_to_refuse() -> None:
    slow = Verdict(ReasonCode.OVER_BUDGET, "too slow")
    assert judge_together([PASSED, PASSED]) is PASSED
    assert judge_together([PASSED, None]) is None
    assert judge_together([None, slow, PASSED]) is slow


def test_the_policy_says_how_many_errors_are_forgiven() -> None:
    served = Served(10, 5.0, (80.0,) * 10, 3, 0, (80.0,) * 10)
    assert judge(served, Desired(), LIMIT_MS) is not None
    assert judge(served, Desired(policy=DevicePolicy(probation_errors=5)), LIMIT_MS) is None
