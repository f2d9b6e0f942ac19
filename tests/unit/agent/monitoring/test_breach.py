"""A device tells of a breach when it lasts, and then is quiet for a while."""

import msgspec
from lamplighter_agent.monitoring import breach
from lamplighter_wire.messages import Limits, OperatingPoint, Telemetry
from lamplighter_wire.policy.device_policy import DevicePolicy


def window(p95_ms: float = 10.0, start: float = 0.0, **other: float) -> Telemetry:
    fields = {"frames": 50, "fps_served": 5.0, "seconds": 10.0, "start": start} | other
    return Telemetry(latency_p95_ms=p95_ms, **fields)  # type: ignore[arg-type]


def test_two_bad_windows_in_a_row_are_a_breach_and_then_it_is_quiet() -> None:
    limits, state, told = Limits(latency_p95_ms=50), breach.BreachState(), []
    for i, p95_ms in enumerate([60, 10, 60, 60, 60, 60, 60]):
        state, text = breach.step(state, window(p95_ms, start=10.0 * i), limits)
        told.append(bool(text))
    assert told == [False, False, False, True, False, False, False]


def test_windows_of_another_point_are_not_held_against_what_serves_now() -> None:
    limits, state, told = Limits(latency_p95_ms=50), breach.BreachState(), []
    for i, name in enumerate(["slow", "next", "next"]):
        bad = msgspec.structs.replace(
            window(60), start=10.0 * i, serving=OperatingPoint(variant=name)
        )
        state, text = breach.step(state, bad, limits)
        told.append(bool(text))
    assert told == [False, False, True]
    state, _ = breach.step(breach.BreachState(), window(60), limits)
    assert breach.step(breach.forget(state), window(60, start=10.0), limits)[1] == ""


def test_how_many_windows_and_how_long_a_rest_is_the_policys() -> None:
    limits, policy = Limits(latency_p95_ms=50), DevicePolicy(breach_windows=3, breach_cooldown_s=10)
    state, told = breach.BreachState(), []
    for i in range(7):
        state, text = breach.step(state, window(60, start=10.0 * i), limits, policy)
        told.append(bool(text))
    assert told == [False, False, True, False, False, True, False]
    state, lax = breach.BreachState(), DevicePolicy(lost_frames_breach=0.5)
    for i in range(2):
        state, text = breach.step(state, window(start=10.0 * i, dropped=30), limits, lax)
    assert not text


def test_frames_left_out_as_nothing_moved_were_due_and_are_not_lost() -> None:
    policy, state = DevicePolicy(breach_windows=1), breach.BreachState()
    resting = window(frames=10, dropped=5, rested=40)
    assert breach.step(state, resting, Limits(), policy)[1] == ""
    awake = window(frames=10, dropped=5)
    assert "5 of 15 frames" in breach.step(state, awake, Limits(), policy)[1]
