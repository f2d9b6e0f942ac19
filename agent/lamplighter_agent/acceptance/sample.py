"""What one frame shows of a candidate and of what serves."""

from dataclasses import dataclass

from lamplighter_agent.perception.detecting import Detections, agreement


@dataclass(frozen=True, slots=True)
class Sample:
    """One pair on one frame; without an incumbent its figures are 0."""

    candidate_ms: float
    incumbent_ms: float = 0.0
    candidate_cpu_s: float = 0.0
    incumbent_cpu_s: float = 0.0
    agreement_f1: float = 1.0


def sample_of(mine: Detections, theirs: Detections) -> Sample:
    """A candidate's and an incumbent's results on one frame, as a pair."""
    return Sample(
        mine.latency_ms,
        theirs.latency_ms,
        mine.cpu_s,
        theirs.cpu_s,
        agreement(mine.boxes, theirs.boxes),
    )
