"""What is known of rungs and their operating points without running them: pure."""

from typing import Protocol

from lamplighter_wire.messages import Manifest, OperatingPoint, Regime, Rung
from lamplighter_wire.rules.accuracy import expected_ap50

# The key of a table that stands for all that it does not name.
ANY = ""
Work = tuple[str, int, int, int]


class DescribedRung(Protocol):
    """A rung with the manifest of its variant."""

    @property
    def rung(self) -> Rung: ...

    @property
    def manifest(self) -> Manifest: ...


def work_of(point: OperatingPoint) -> Work:
    """What a point computes: points that differ in thresholds and rate at most have the same."""
    return (point.manifest, point.width, point.height, point.threads)


def same_work(a: OperatingPoint, b: OperatingPoint) -> bool:
    """Whether two points differ in thresholds and rate at most."""
    return work_of(a) == work_of(b)


def accuracy(described: DescribedRung, regime: Regime) -> float:
    """Expected AP50 in a regime: the manifest's table, else what the plan predicted."""
    point = described.rung.point
    size = f"{point.width}x{point.height}"
    tabled = expected_ap50(described.manifest.expected_ap50, size, str(regime))
    return described.rung.predicted.expected_ap50 if tabled is None else tabled
