"""Notice that what is served breaks its limits in service: pure."""

from dataclasses import dataclass, replace

from lamplighter_wire.messages import Limits, OperatingPoint, Telemetry
from lamplighter_wire.rules.limits import latency_limit_ms

# One bad window may be an accident; two in a row are a breach.
WINDOWS = 2
LEAST_FRAMES = 5
# Part of the demanded frames that may be lost before it counts as a breach.
DROPPED_PART = 0.2
COOLDOWN_S = 60.0
# An estimate of power is surer of its changes than of its last percent: at the limit itself a
# device would go up and down for ever.
ESTIMATE_TOLERANCE = 1.1


@dataclass(frozen=True, slots=True)
class BreachState:
    """Bad windows in a row of one point, and when the last breach was told (wall time)."""

    bad: int = 0
    told_at: float = float("-inf")
    serving: OperatingPoint | None = None


def forget(state: BreachState) -> BreachState:
    """Windows seen so far say nothing of what serves next."""
    return replace(state, bad=0)


def step(
    state: BreachState, window: Telemetry, limits: Limits, cooldown_s: float = COOLDOWN_S
) -> tuple[BreachState, str]:
    """Take one window in; what is broken, or "" while nothing is to be told."""
    broken = what_breaks(window, limits)
    before = state.bad if window.serving == state.serving else 0
    state = replace(state, bad=before + 1 if broken else 0, serving=window.serving)
    end = window.start + window.seconds
    if state.bad < WINDOWS or end - state.told_at < cooldown_s:
        return state, ""
    return replace(state, bad=0, told_at=end), broken


def what_breaks(window: Telemetry, limits: Limits) -> str:
    """The limit that a window breaks, in words; "" when it breaks none."""
    if window.frames + window.dropped < LEAST_FRAMES:
        return ""
    limit_ms = latency_limit_ms(limits.latency_p95_ms, window.fps_served)
    if limit_ms and window.latency_p95_ms > limit_ms:
        return f"p95 {window.latency_p95_ms:.1f} ms, limit {limit_ms:.1f} ms"
    tolerance = ESTIMATE_TOLERANCE if window.energy_source == "estimate" else 1.0
    if limits.power_w and window.power_w > limits.power_w * tolerance:
        return f"{window.power_w:.2f} W ({window.energy_source}), limit {limits.power_w:.2f} W"
    if window.dropped > DROPPED_PART * (window.frames + window.dropped):
        return f"{window.dropped} of {window.frames + window.dropped} frames dropped"
    return ""
