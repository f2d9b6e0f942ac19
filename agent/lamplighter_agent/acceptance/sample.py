"""What one frame shows of a candidate and of what serves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One pair on one frame; without an incumbent its figures are 0."""

    candidate_ms: float
    incumbent_ms: float = 0.0
    candidate_cpu_s: float = 0.0
    incumbent_cpu_s: float = 0.0
    agreement_f1: float = 1.0
