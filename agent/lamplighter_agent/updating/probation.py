"""What a new model shows in service."""

from collections.abc import Sequence

from lamplighter_wire.statistics import p95_above, percentile

# In probation: verdicts from this many frames on, or from as many as the probation has, over a
# window of frames; and the engine errors that end it.
WATCH_FRAMES = 50
LEAST_WATCH_FRAMES = 12
WATCH_WINDOW = 240


def breach_in_service(latencies_ms: Sequence[float], limit_ms: float, probation: int) -> str:
    """What a probation of so many frames shows broken, in words; "" while it shows nothing."""
    recent = latencies_ms[-WATCH_WINDOW:]
    few = len(recent) < WATCH_FRAMES
    if not limit_ms or len(recent) < max(min(WATCH_FRAMES, probation), LEAST_WATCH_FRAMES):
        return ""
    # Few frames are judged again with every frame that comes: only what is sure may count.
    if not p95_above(recent, limit_ms, sure=few):
        return ""
    return f"p95 {percentile(recent, 95):.1f} ms in service, limit {limit_ms:.1f} ms"
