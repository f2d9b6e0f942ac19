"""What points cost, and those that no other beats. Pure."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from lamplighter_client.documents.making.fronts import FrontPoint


class Cost(StrEnum):
    """What accuracy is paid with."""

    LATENCY = "latency"
    ENERGY = "energy"
    BYTES = "bytes"
    MEMORY = "memory"


MIB = 2.0**20
UNITS: Mapping[Cost, str] = {
    Cost.LATENCY: "ms",
    Cost.ENERGY: "mJ a frame",
    Cost.BYTES: "MiB to send",
    Cost.MEMORY: "MiB held",
}
_FIGURES: Mapping[Cost, Callable[[FrontPoint], float]] = {
    Cost.LATENCY: lambda p: p.predicted.latency_p95_ms if p.predicted else 0.0,
    Cost.ENERGY: lambda p: p.predicted.energy_mj_per_frame if p.predicted else 0.0,
    Cost.BYTES: lambda p: p.wire_bytes / MIB,
    Cost.MEMORY: lambda p: p.predicted.memory_bytes / MIB if p.predicted else 0.0,
}


def cost_of(point: FrontPoint, cost: Cost) -> float:
    """In the unit of the cost; 0: not known."""
    return _FIGURES[cost](point)


def accuracy_of(point: FrontPoint) -> float:
    """Expected, 0 to 1; 0: not known."""
    return point.predicted.expected_ap50 if point.predicted else 0.0


def name_of(point: FrontPoint) -> str:
    """ "variant@384x288"."""
    return f"{point.variant}@{point.size}"


def drawable(points: Iterable[FrontPoint], cost: Cost) -> list[FrontPoint]:
    """Those that may run, and of which both figures are known."""
    able = (point for point in points if not point.rejected_because)
    return [point for point in able if cost_of(point, cost) > 0 and accuracy_of(point) > 0]


def front_of(points: Iterable[FrontPoint], cost: Cost) -> list[FrontPoint]:
    """Those than which no other is as cheap and more accurate, the cheapest first."""
    ordered = sorted(
        drawable(points, cost),
        key=lambda point: (cost_of(point, cost), -accuracy_of(point), name_of(point)),
    )
    best, front = 0.0, []
    for point in ordered:
        if accuracy_of(point) > best:
            best = accuracy_of(point)
            front.append(point)
    return front
