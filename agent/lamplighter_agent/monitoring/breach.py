"""Notice that what is served breaks its limits in service: pure."""

from dataclasses import dataclass, replace

from lamplighter_wire.messages import Limits, OperatingPoint, Telemetry
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy
from lamplighter_wire.rules.breach import breaches


@dataclass(frozen=True, slots=True)
class BreachState:
    """Bad windows in a row of one point, and when the last breach was told (wall time)."""

    bad: int = 0
    told_at: float = float("-inf")
    serving: OperatingPoint | None = None


def forget(state: BreachState) -> BreachState:
    """Windows seen so far say nothing of what serves next."""
    return replace(state, bad=0)


def told(state: BreachState, at: float) -> BreachState:
    """A breach was told, of this or of another stream of the device."""
    return replace(state, bad=0, told_at=at)


def step(
    state: BreachState,
    window: Telemetry,
    limits: Limits,
    policy: DevicePolicy = DEFAULTS,
    time_scale: float = 1.0,
) -> tuple[BreachState, str]:
    """Take one window in; what is broken, or "" while nothing is to be told."""
    broken = next((breach.text for breach in breaches(window, limits, policy)), "")
    before = state.bad if window.serving == state.serving else 0
    state = replace(state, bad=before + 1 if broken else 0, serving=window.serving)
    end = window.start + window.seconds
    cooldown_s = policy.breach_cooldown_s * time_scale
    if state.bad < policy.breach_windows or end - state.told_at < cooldown_s:
        return state, ""
    return told(state, end), broken
