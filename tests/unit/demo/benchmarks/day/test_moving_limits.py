"""What fits into an hour, and what is chosen of it by what was known before the day."""

from dataclasses import replace

import pytest
from lamplighter_demo.benchmarks.day.arms import (
    FIXED,
    MOST_FPS,
    PLANNED,
    SIZES,
    Known,
    Setting,
    candidates,
)
from lamplighter_demo.benchmarks.day.day_devices import DAY_DEVICES, FULL, HALF, DayDevice
from lamplighter_demo.benchmarks.day.moving_limits import (
    BOUND_FPS,
    BY_HOUR,
    BY_HOUR_FASTEST,
    CORE_SPEED,
    LIMITS,
    bound_hours,
    bounded,
    fixed_hours,
)
from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT

from tests.unit.demo.benchmarks.day.test_arms import COSTS_MS, DAY, ERRORS

LARGE, SMALL = SIZES
KNOWN = Known(COSTS_MS, ERRORS, has_site=False)
BEST = Setting(FULL, BASE_RUNTIME, LARGE)


def device(name: str = "camera") -> DayDevice:
    return next(one for one in DAY_DEVICES if one.id == name)


def served(arm: str, regimes: list[str] | None = None) -> list[Setting]:
    return bound_hours(arm, device(), BEST, KNOWN, regimes or [DAY] * 24)


@pytest.mark.parametrize("frames", [1.0, 2.4, 3.0, 5.9])
def test_a_point_serves_as_many_frames_as_fit_into_its_share(frames: float) -> None:
    share = frames * COSTS_MS[BEST.work] / (1000.0 * CORE_SPEED)
    fps = bounded(BEST, share * 1.0001, COSTS_MS).fps
    assert fps in BOUND_FPS
    assert fps <= frames * 1.001
    assert bounded(BEST, 1.0, {BEST.work: 1.0}) == BEST, "no more than counts ask for"
    assert bounded(BEST, 1e-6, COSTS_MS).fps == BOUND_FPS[0], "it is never silent"


def test_each_device_has_hours_in_which_it_has_less() -> None:
    assert set(LIMITS) == {one.id for one in DAY_DEVICES}
    for limit in LIMITS.values():
        assert 0 < limit.tight < limit.usual <= 1
        assert 0 < len(limit.tight_hours) < 24
        assert limit.share(min(limit.tight_hours)) == limit.tight


def test_what_is_fixed_serves_slower_in_tight_hours_alone() -> None:
    hours = fixed_hours(device(), BEST, COSTS_MS)
    assert hours == served(FIXED)
    tight = LIMITS["camera"].tight_hours
    assert {(one.network, one.size) for one in hours} == {(FULL, LARGE)}
    assert {one.fps for hour, one in enumerate(hours) if hour not in tight} == {MOST_FPS}
    assert {one.fps for hour, one in enumerate(hours) if hour in tight} == {1.5}


def test_by_the_hour_a_cheaper_point_keeps_its_rate_where_little_is_left() -> None:
    hours, tight = served(BY_HOUR), LIMITS["camera"].tight_hours
    usual = {one for hour, one in enumerate(hours) if hour not in tight}
    assert usual == {replace(BEST, fps=one.fps) for one in usual}, "the one that counts best"
    assert {(one.network, one.size) for h, one in enumerate(hours) if h in tight} != {(FULL, LARGE)}
    assert {one.way for one in served(BY_HOUR)} == {BASE_RUNTIME}
    assert LITERT in {one.way for one in served(BY_HOUR_FASTEST)}


def test_a_planned_fixed_choice_is_one_network_at_one_size() -> None:
    assert len({(one.network, one.size) for one in served(PLANNED)}) == 1
    half = bound_hours(PLANNED, device("camera-small"), BEST, KNOWN, [DAY] * 24)
    assert {one.network for one in half} == {HALF}, "its memory holds no other"
    assert {one.way for one in half} == {candidates(device("camera-small"))[0].way}
