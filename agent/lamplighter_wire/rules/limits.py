"""Hard limits at a frame rate: what latency, power and memory may be."""

# The part of a frame's period that inference may take.
DUTY = 0.8


def latency_limit_ms(limit_ms: float, fps: float) -> float:
    """p95 must stay below the limit and below 0.8 of a frame's period; 0: no limit."""
    limits = [limit_ms] if limit_ms > 0 else []
    if fps > 0:
        limits.append(DUTY * 1e3 / fps)
    return min(limits, default=0.0)
