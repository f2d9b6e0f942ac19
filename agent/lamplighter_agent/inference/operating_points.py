"""What is known of rungs and their operating points without running them: pure."""

from typing import Protocol

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.messages import OperatingPoint, Regime, Rung
from lamplighter_wire.rules.accuracy import expected_ap50
from lamplighter_wire.rules.regimes import regime_key
from lamplighter_wire.tasks.registry import find_task

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
    """Expected quality in a regime: the manifest's table as the plan weighed it for the site, else
    what the plan predicted."""
    point, manifest = described.rung.point, described.manifest
    size = f"{point.width}x{point.height}"
    key = regime_key(regime, find_task(manifest.task).axes)
    tabled = expected_ap50(manifest.expected_ap50, size, key)
    predicted = described.rung.predicted
    return predicted.expected_ap50 if tabled is None else tabled * predicted.ap50_share
