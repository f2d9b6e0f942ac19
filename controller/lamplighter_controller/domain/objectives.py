"""What a group of devices is asked for, and what that means at a demanded frame rate."""

from dataclasses import dataclass

from lamplighter_wire.messages import Capabilities, Limits, Prediction

# A frame may use this much of its time slot: the rest absorbs jitter and the tracker.
SLOT_SHARE = 0.8


@dataclass(frozen=True)
class Objective:
    """Maximise expected accuracy subject to these limits; 0 means no limit.

    Attributes:
        latency_p95_ms: limit on p95 latency of one frame.
        power_w: budget of average power, idle included.
        memory_bytes: limit on the agent's memory.
    """

    latency_p95_ms: float = 0.0
    power_w: float = 0.0
    memory_bytes: int = 0


def _tighter(a: float, b: float) -> float:
    """The smaller of two limits, where 0 means none."""
    return min(a, b) if a and b else a or b


def limits_for(objective: Objective, capabilities: Capabilities) -> Limits:
    """The objective's limits and the device's own, whichever is tighter."""
    return Limits(
        latency_p95_ms=objective.latency_p95_ms,
        power_w=_tighter(objective.power_w, capabilities.power_budget_w),
        memory_bytes=int(_tighter(objective.memory_bytes, capabilities.memory_bytes)),
    )


def latency_limit_ms(limits: Limits, fps: float) -> float:
    """min(latency limit, 0.8 of the frame's slot) in ms; 0 when neither binds."""
    slot_ms = SLOT_SHARE * 1000.0 / fps if fps > 0 else 0.0
    return _tighter(limits.latency_p95_ms, slot_ms)


def power_w(idle_w: float, fps: float, energy_mj_per_frame: float) -> float:
    """Average power: idle plus what the frames cost."""
    return idle_w + fps * energy_mj_per_frame / 1000.0


def violations(
    predicted: Prediction, limits: Limits, fps: float, idle_w: float
) -> dict[str, float]:
    """Broken hard limits: name -> by which share (0.2 is 20 % over). Empty when feasible."""
    figures = {
        "latency": (predicted.latency_p95_ms, latency_limit_ms(limits, fps)),
        "power": (power_w(idle_w, fps, predicted.energy_mj_per_frame), limits.power_w),
        "memory": (float(predicted.memory_bytes), float(limits.memory_bytes)),
    }
    return {
        name: value / limit - 1.0
        for name, (value, limit) in figures.items()
        if limit > 0 and value > limit
    }


def sustainable_fps(predicted: Prediction, limits: Limits, idle_w: float) -> float:
    """The highest frame rate at which latency slot and power budget both hold; 0 when none."""
    rate = SLOT_SHARE * 1000.0 / max(predicted.latency_p95_ms, 1e-6)
    if limits.power_w > 0 and predicted.energy_mj_per_frame > 0:
        spare_w = limits.power_w - idle_w
        rate = min(rate, max(0.0, spare_w) * 1000.0 / predicted.energy_mj_per_frame)
    return rate


def share_served(cap: float, fps_demand: float) -> float:
    """The share of the demand that a capped frame rate leaves; a cap of 0 is none."""
    return min(1.0, cap / fps_demand) if cap > 0 and fps_demand > 0 else 1.0
