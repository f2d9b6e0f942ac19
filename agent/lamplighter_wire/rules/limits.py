"""Hard limits at a frame rate: what latency, power and memory may be, and what breaks them.

A limit of 0 is none, everywhere.
"""

import msgspec

from lamplighter_wire.messages import Limits, Prediction
from lamplighter_wire.policy.device_policy import DEFAULTS

SLOT_SHARE = DEFAULTS.slot_share


def tighter(a: float, b: float) -> float:
    """The smaller of two limits."""
    return min(a, b) if a and b else a or b


def latency_limit_ms(limits: Limits, fps: float, slot_share: float = SLOT_SHARE) -> float:
    """What p95 must stay below: the limit, and a share of a frame's period; 0 without either."""
    slot_ms = slot_share * 1e3 / fps if fps > 0 else 0.0
    return tighter(limits.latency_p95_ms, slot_ms)


def work_limits(limits: Limits, streams: int) -> Limits:
    """What a run of the network may take by itself where so many streams share it.

    Streams take turns, so that a frame waits for one run of each of the others at most.
    """
    if streams <= 1:
        return limits
    return msgspec.structs.replace(limits, latency_p95_ms=limits.latency_p95_ms / streams)


def average_power_w(idle_w: float, fps: float, energy_mj_per_frame: float) -> float:
    """Idle, plus what the frames cost."""
    return idle_w + fps * energy_mj_per_frame / 1e3


def violations(
    predicted: Prediction,
    limits: Limits,
    fps: float,
    idle_w: float,
    slot_share: float = SLOT_SHARE,
) -> dict[str, float]:
    """The limits that a prediction breaks at a frame rate.

    Returns:
        latency | power | memory -> by which share (0.2 is 20 % over); empty when it keeps them.
    """
    broken = {}
    latency_ms, limit_ms = predicted.latency_p95_ms, latency_limit_ms(limits, fps, slot_share)
    if 0 < limit_ms < latency_ms:
        broken["latency"] = latency_ms / limit_ms - 1.0
    power_w = average_power_w(idle_w, fps, predicted.energy_mj_per_frame)
    if 0 < limits.power_w < power_w:
        broken["power"] = power_w / limits.power_w - 1.0
    if 0 < limits.memory_bytes < predicted.memory_bytes:
        broken["memory"] = predicted.memory_bytes / limits.memory_bytes - 1.0
    return broken


def sustainable_fps(
    predicted: Prediction, limits: Limits, idle_w: float, slot_share: float = SLOT_SHARE
) -> float:
    """The highest frame rate at which latency slot and power budget both hold; 0 when none."""
    rate = slot_share * 1e3 / max(predicted.latency_p95_ms, 1e-6)
    if limits.power_w <= 0:
        return rate
    spare_w = limits.power_w - idle_w
    if spare_w < 0:
        return 0.0
    if predicted.energy_mj_per_frame > 0:
        rate = min(rate, spare_w * 1e3 / predicted.energy_mj_per_frame)
    return rate


def capped_fps(fps_demand: float, cap: float) -> float:
    """The frame rate to reach; a cap of 0 is none."""
    return min(fps_demand, cap) if cap > 0 else fps_demand


def share_served(cap: float, fps_demand: float) -> float:
    """The share of the demand that a capped frame rate leaves; a cap of 0 is none."""
    return capped_fps(fps_demand, cap) / fps_demand if fps_demand > 0 else 1.0
