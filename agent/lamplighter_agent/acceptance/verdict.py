"""Whether a candidate may serve, and why not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a reason code, or empty when the candidate may serve."""

    reason: str = ""
    detail: str = ""

    @property
    def passed(self) -> bool:
        return not self.reason


PASSED = Verdict()
