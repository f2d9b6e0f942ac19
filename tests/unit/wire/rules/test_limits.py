"""Hard limits at a frame rate."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lamplighter_wire.messages import Limits, Prediction
from lamplighter_wire.rules.limits import (
    average_power_w,
    capped_fps,
    latency_limit_ms,
    share_served,
    sustainable_fps,
    tighter,
    violations,
)

rates = st.floats(0.1, 60)
predictions = st.builds(
    Prediction,
    latency_p95_ms=st.floats(0.1, 2000),
    energy_mj_per_frame=st.floats(0, 5000),
    memory_bytes=st.integers(0, 10**9),
)
limits_of_a_group = st.builds(
    Limits,
    latency_p95_ms=st.sampled_from([0.0, 40.0, 400.0]),
    power_w=st.sampled_from([0.0, 2.0, 10.0]),
    memory_bytes=st.sampled_from([0, 10**8]),
)


@pytest.mark.parametrize(
    ("limit_ms", "fps", "expected"),
    [(0.0, 0.0, 0.0), (50.0, 0.0, 50.0), (0.0, 4.0, 200.0), (50.0, 4.0, 50.0), (500.0, 4.0, 200.0)],
)
def test_the_tighter_of_limit_and_slot_binds(limit_ms: float, fps: float, expected: float) -> None:
    assert latency_limit_ms(Limits(latency_p95_ms=limit_ms), fps) == expected


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_limit_of_zero_is_none(a: float, b: float) -> None:
    assert tighter(a, b) == tighter(b, a)
    assert tighter(a, 0.0) == a
    assert not (a and b) or tighter(a, b) == min(a, b)


@given(predictions, limits_of_a_group, rates, rates, st.floats(0, 5))
def test_what_is_kept_at_a_rate_is_kept_at_every_lower_one(
    predicted: Prediction, limits: Limits, a: float, b: float, idle_w: float
) -> None:
    low, high = sorted((a, b))
    assert set(violations(predicted, limits, low, idle_w)) <= set(
        violations(predicted, limits, high, idle_w)
    )


@given(predictions, limits_of_a_group, st.floats(0, 5))
@example(Prediction(latency_p95_ms=1.0), Limits(power_w=2.0), 3.0)  # idle, it draws too much
def test_the_sustainable_rate_keeps_slot_and_power(
    predicted: Prediction, limits: Limits, idle_w: float
) -> None:
    fps = sustainable_fps(predicted, limits, idle_w)
    if fps > 0:
        slot = Limits(power_w=limits.power_w)
        assert violations(predicted, slot, 0.999 * fps, idle_w).keys() <= {"memory"}


@given(rates, st.floats(0, 60))
def test_a_cap_leaves_at_most_the_demand(demand: float, cap: float) -> None:
    assert 0 < capped_fps(demand, cap) <= demand
    assert share_served(cap, demand) == pytest.approx(capped_fps(demand, cap) / demand)


def test_average_power_is_idle_and_frames() -> None:
    assert average_power_w(2.0, 5.0, 300.0) == pytest.approx(3.5)
