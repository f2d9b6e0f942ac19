"""Which limits one window of telemetry breaks: what a device answers is what an operator sees.

A device is judged at the frame rate that it was asked for in the window: what it dropped counts.
"""

from dataclasses import dataclass

from lamplighter_wire.enums import EnergySource
from lamplighter_wire.messages import Limits, Telemetry
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy
from lamplighter_wire.rules.limits import latency_limit_ms

# Fewer frames say nothing of a percentile.
LEAST_FRAMES = 5
# Start-up and swaps lose less than this share of the frames.
LOST_WORTH_A_LOOK = 0.05
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken limit. `kind`: latency | power | memory | frames; `text` names figure and limit."""

    kind: str
    text: str


def due_frames(window: Telemetry) -> int:
    """Those that were served, left out as nothing moved, and dropped."""
    return window.frames + window.rested + window.dropped


def fps_asked(window: Telemetry) -> float:
    """Frames per second that were due in the window."""
    return due_frames(window) / window.seconds if window.seconds > 0 else 0.0


def lost_share(window: Telemetry) -> float:
    """The part of the frames that were due and not served."""
    due = due_frames(window)
    return window.dropped / due if due else 0.0


def breaches(window: Telemetry, limits: Limits, policy: DevicePolicy = DEFAULTS) -> list[Breach]:
    """All limits that a window breaks; none in one that says nothing of what serves.

    That is one with fewer than LEAST_FRAMES, and one in which a deployment did work of its own.
    """
    if window.disturbed or window.frames + window.dropped < LEAST_FRAMES:
        return []
    checks = (
        _latency(window, limits, policy.slot_share),
        _power(window, limits, policy.power_estimate_excess),
        _memory(window, limits),
        _frames(window, policy.lost_frames_breach),
    )
    return [breach for breach in checks if breach is not None]


def _latency(window: Telemetry, limits: Limits, slot_share: float) -> Breach | None:
    p95_ms = max(window.latency_p95_ms, window.response_p95_ms)
    limit_ms = latency_limit_ms(limits, fps_asked(window), slot_share)
    if not 0 < limit_ms < p95_ms:
        return None
    return Breach("latency", f"p95 {p95_ms:.1f} ms, limit {limit_ms:.1f} ms")


def _power(window: Telemetry, limits: Limits, estimate_excess: float) -> Breach | None:
    is_estimate = window.energy_source == EnergySource.ESTIMATE
    # Surer of changes than of its last percent: at the limit itself a device went up and down.
    limit_w = limits.power_w * (1 + estimate_excess if is_estimate else 1.0)
    if not 0 < limit_w < window.power_w:
        return None
    source = f" ({window.energy_source})" if window.energy_source else ""
    return Breach("power", f"{window.power_w:.2f} W{source}, limit {limits.power_w:.2f} W")


def _memory(window: Telemetry, limits: Limits) -> Breach | None:
    if not 0 < limits.memory_bytes < window.memory_bytes:
        return None
    text = f"{window.memory_bytes / MIB:.0f} MiB, limit {limits.memory_bytes / MIB:.0f} MiB"
    return Breach("memory", text)


def _frames(window: Telemetry, most_lost: float) -> Breach | None:
    if lost_share(window) <= most_lost:
        return None
    text = f"{window.dropped} of {due_frames(window)} frames dropped"
    return Breach("frames", text)
