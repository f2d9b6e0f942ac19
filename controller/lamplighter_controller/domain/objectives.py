"""What a group of devices is asked for."""

from dataclasses import dataclass

from lamplighter_wire.messages import Capabilities, Limits
from lamplighter_wire.rules.limits import tighter, work_limits

from lamplighter_controller.domain.streams import stream_ids


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


def point_limits(objective: Objective, capabilities: Capabilities) -> Limits:
    """What a point must keep to be planned: frames of several streams wait for each other."""
    return work_limits(limits_for(objective, capabilities), len(stream_ids(capabilities)))
