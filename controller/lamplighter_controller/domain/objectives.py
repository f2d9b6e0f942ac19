"""What a group of devices is asked for."""

from dataclasses import dataclass

from lamplighter_wire.messages import Capabilities, Limits
from lamplighter_wire.rules.limits import tighter


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


def limits_for(objective: Objective, capabilities: Capabilities) -> Limits:
    """The objective's limits and the device's own, whichever is tighter."""
    return Limits(
        latency_p95_ms=objective.latency_p95_ms,
        power_w=tighter(objective.power_w, capabilities.power_budget_w),
        memory_bytes=int(tighter(objective.memory_bytes, capabilities.memory_bytes)),
    )
