"""What a group wants, and the limits that follow for a device."""

import pytest
from lamplighter_controller.domain.objectives import Objective, limits_for
from lamplighter_wire.messages import (
    Capabilities,
    Limits,
    Prediction,
)
from lamplighter_wire.rules.limits import latency_limit_ms, sustainable_fps, violations


@pytest.mark.parametrize(
    ("limit", "fps", "expected"),
    [(0, 0, 0), (100, 0, 100), (100, 4, 100), (300, 4, 200), (0, 10, 80)],
)
def test_latency_limit_is_the_tighter_of_policy_and_frame_slot(limit, fps, expected):
    assert latency_limit_ms(Limits(latency_p95_ms=limit), fps) == pytest.approx(expected)


def test_the_device_s_own_limits_tighten_the_objective():
    caps = Capabilities(power_budget_w=3.0, memory_bytes=100)
    limits = limits_for(Objective(latency_p95_ms=50, power_w=5.0, memory_bytes=0), caps)
    assert (limits.latency_p95_ms, limits.power_w, limits.memory_bytes) == (50, 3.0, 100)


def test_violations_name_each_limit_and_by_how_much():
    predicted = Prediction(latency_p95_ms=120, energy_mj_per_frame=500, memory_bytes=200)
    limits = Limits(latency_p95_ms=100, power_w=3.0, memory_bytes=400)
    broken = violations(predicted, limits, fps=5, idle_w=1.0)
    assert broken == {"latency": pytest.approx(0.2), "power": pytest.approx(1 / 6)}
    assert sustainable_fps(predicted, limits, 1.0) == pytest.approx(4.0)
