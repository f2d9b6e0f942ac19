"""What one window breaks: the same for the device that answers and the operator who looks."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_agent.monitoring.breach import BreachState, step
from lamplighter_controller.domain.attention.health import Standing, notices
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.streams import StreamState
from lamplighter_wire.messages import Limits, Telemetry
from lamplighter_wire.policy.device_policy import DEFAULTS
from lamplighter_wire.rules.breach import breaches, fps_asked
from lamplighter_wire.rules.limits import SLOT_SHARE

MIB = 2**20


def window(p95_ms: float = 10.0, start: float = 0.0, **other: float) -> Telemetry:
    fields = {"frames": 50, "fps_served": 5.0, "seconds": 10.0, "start": start} | other
    return Telemetry(latency_p95_ms=p95_ms, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("source", "broken"), [("estimate", False), ("ina", True)])
def test_an_estimate_may_pass_the_power_limit_by_a_little(source: str, broken: bool) -> None:
    drawn = msgspec.structs.replace(window(10.0), power_w=1.04, energy_source=source)
    assert bool(breaches(drawn, Limits(power_w=1.0))) is broken


@pytest.mark.parametrize(
    ("bad", "limits", "broken"),
    [
        (window(power_w=3.0), Limits(power_w=2.0), "power"),
        (window(p95_ms=170.0), Limits(), "latency"),
        (window(dropped=40), Limits(), "frames"),
        (window(frames=3, dropped=9), Limits(), "frames"),
        (window(), Limits(power_w=5.0, latency_p95_ms=50), ""),
        (window(p95_ms=900, frames=2), Limits(latency_p95_ms=50), ""),
    ],
)
def test_what_a_window_breaks(bad: Telemetry, limits: Limits, broken: str) -> None:
    kinds = [breach.kind for breach in breaches(bad, limits)]
    assert kinds == ([broken] if broken else [])


def test_a_device_that_drops_frames_is_judged_at_the_rate_it_was_asked_for() -> None:
    slow = window(p95_ms=170.0, frames=42, dropped=8, fps_served=4.2)
    assert fps_asked(slow) == 5.0
    assert [b.kind for b in breaches(slow, Limits())] == ["latency"]


def test_memory_beyond_the_limit_is_a_breach() -> None:
    heavy = window(memory_bytes=200 * MIB)
    assert [b.kind for b in breaches(heavy, Limits(memory_bytes=150 * MIB))] == ["memory"]
    assert breaches(heavy, Limits(memory_bytes=250 * MIB)) == []


def test_a_deployments_own_work_breaks_nothing() -> None:
    disturbed = window(p95_ms=900.0, power_w=9.0, disturbed=True)
    assert breaches(disturbed, Limits(power_w=1.0)) == []


windows = st.builds(
    Telemetry,
    seconds=st.sampled_from([0.0, 5.0, 10.0]),
    frames=st.integers(0, 100),
    dropped=st.integers(0, 100),
    latency_p95_ms=st.floats(0, 2000),
    power_w=st.floats(0, 20),
    energy_source=st.sampled_from(["", "estimate", "ina", "rapl"]),
    memory_bytes=st.integers(0, 500 * MIB),
    fps_demand=st.floats(0, 30),
    fps_served=st.floats(0, 30),
)
limits_of_a_group = st.builds(
    Limits,
    latency_p95_ms=st.sampled_from([0.0, 50.0, 500.0]),
    power_w=st.sampled_from([0.0, 2.0, 10.0]),
    memory_bytes=st.sampled_from([0, 100 * MIB, 400 * MIB]),
)


@given(windows, limits_of_a_group)
def test_the_device_answers_exactly_what_the_operator_sees_as_an_error(
    drawn: Telemetry, limits: Limits
) -> None:
    state, _ = step(BreachState(), drawn, limits)
    _, told = step(replace(state, serving=drawn.serving), drawn, limits)
    objective = Objective(
        latency_p95_ms=limits.latency_p95_ms,
        power_w=limits.power_w,
        memory_bytes=limits.memory_bytes,
    )
    streams = {"": StreamState(window=drawn)}
    standing = Standing(online=True, streams=streams, objective=objective)
    shown = [n.text for n in notices(standing, drawn.seconds) if n.kind.startswith("breach_")]
    assert bool(told) is bool(shown)
    assert not told or shown[0].endswith(told)


@given(windows, limits_of_a_group)
def test_looser_limits_break_no_more(drawn: Telemetry, limits: Limits) -> None:
    looser = Limits(
        latency_p95_ms=2 * limits.latency_p95_ms,
        power_w=2 * limits.power_w,
        memory_bytes=2 * limits.memory_bytes,
    )
    kinds = {breach.kind for breach in breaches(drawn, limits)}
    assert {breach.kind for breach in breaches(drawn, looser)} <= kinds


@given(st.integers(5, 500), st.floats(1, 30))
def test_a_model_that_fits_its_slot_and_loses_little_keeps_every_promise(
    due: int, fps: float
) -> None:
    dropped = int(DEFAULTS.lost_frames_breach * due)
    drawn = Telemetry(
        seconds=due / fps,
        frames=due - dropped,
        dropped=dropped,
        latency_p95_ms=0.999 * SLOT_SHARE * 1e3 / fps,
    )
    assert breaches(drawn, Limits()) == []
