"""Limits of devices, as operators give them."""

from lamplighter_client.documents.requests import ObjectiveBody

BYTES_PER_MB = 1e6


def objective_of(
    latency_ms: float | None, power_w: float | None, memory_mb: float | None
) -> ObjectiveBody | None:
    """What is given of the limits."""
    limits = {
        "latency_p95_ms": latency_ms,
        "power_w": power_w,
        "memory_bytes": None if memory_mb is None else memory_mb * BYTES_PER_MB,
    }
    given = {name: value for name, value in limits.items() if value is not None}
    return ObjectiveBody(**given) if given else None
