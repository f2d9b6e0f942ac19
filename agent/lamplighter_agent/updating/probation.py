"""What a new model shows in service: pure."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Desired
from lamplighter_wire.statistics import p95_above, percentile

from lamplighter_agent.acceptance.verdict import PASSED, Verdict

# In probation: verdicts from this many frames on, or from as many as the probation has, over a
# window of frames.
WATCH_FRAMES = 50
LEAST_WATCH_FRAMES = 12
WATCH_WINDOW = 240
# A probation that gets no frames (camera lost) ends after this many times its length.
WATCH_PATIENCE = 20
LEAST_WATCH_S = 900.0


class ServiceFigures(Protocol):
    """What has come of serving since the candidate began to."""

    @property
    def frames(self) -> int: ...

    @property
    def seconds(self) -> float: ...

    @property
    def responses_ms(self) -> Sequence[float]: ...

    @property
    def errors(self) -> int: ...


def judge(served: ServiceFigures, desired: Desired, limit_ms: float) -> Verdict | None:
    """What the figures of a stream say of a candidate on probation; None while they say too little.

    Args:
        limit_ms: p95 of latency that is allowed at the present frame rate; 0 for none.
    """
    if served.errors >= desired.policy.probation_errors:
        return Verdict(ReasonCode.INCOMPATIBLE, "the engine fails while it serves")
    breach = breach_in_service(served.responses_ms, limit_ms, desired.probation_frames)
    if breach:
        return Verdict(ReasonCode.OVER_BUDGET, breach)
    if served.frames >= desired.probation_frames and served.seconds >= desired.probation_s:
        return PASSED
    if served.seconds > max(WATCH_PATIENCE * desired.probation_s, LEAST_WATCH_S):
        text = f"only {served.frames} frames in {served.seconds:.0f} s"
        return Verdict(ReasonCode.TIMEOUT, text)
    return None


def judge_together(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """Of all streams: the first that refuses ends the probation, and all must pass it."""
    known = list(verdicts)
    refused = [verdict for verdict in known if verdict is not None and not verdict.passed]
    if refused:
        return refused[0]
    return None if None in known else PASSED


def breach_in_service(latencies_ms: Sequence[float], limit_ms: float, probation: int) -> str:
    """What a probation of so many frames shows broken, in words; "" while it shows nothing."""
    recent = latencies_ms[-WATCH_WINDOW:]
    few = len(recent) < WATCH_FRAMES
    if not limit_ms or len(recent) < max(min(WATCH_FRAMES, probation), LEAST_WATCH_FRAMES):
        return ""
    # Few frames are judged again with every frame that comes: only what is sure may count.
    if not p95_above(recent, limit_ms, sure=few):
        return ""
    return f"p95 {percentile(recent, 95):.1f} ms while it served, limit {limit_ms:.1f} ms"
