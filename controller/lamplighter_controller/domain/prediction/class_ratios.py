"""What devices of one hardware class teach each other: one vote each, and none for liars. Pure.

Values are logarithms of measured over predicted latency. One device, whatever it reports, moves
what others get no further than honest ones and their probes do.
"""

import math
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass

# Further than this from what its own probe says, a device's measurements teach nobody.
CREDIBLE = math.log(8.0)
# A single one is believed by so much.
ALONE = math.log(2.0)
# Where there are so many, one that is further from their middle than this contradicts them.
PEERS = 3
APART = math.log(4.0)


@dataclass(frozen=True)
class Doubt:
    """Why a device teaches nobody.

    Attributes:
        times: its latencies over what was to be expected.
        source: who says otherwise.
    """

    times: float
    source: str


class ClassRatios:
    """The ratios of a class, in one runtime and precision; each step takes logarithmic time."""

    def __init__(self) -> None:
        self._by_device: dict[str, float] = {}
        self._sorted: list[float] = []

    def put(self, device: str, log_ratio: float | None) -> None:
        """What a device says now, in the place of what it said before; None: nothing."""
        before = self._by_device.pop(device, None)
        if before is not None:
            del self._sorted[bisect_left(self._sorted, before)]
        if log_ratio is not None:
            self._by_device[device] = log_ratio
            insort(self._sorted, log_ratio)

    def consensus(self) -> float | None:
        """Logarithm of the ratio that others of the class are predicted with; None: unknown.

        The median over devices that are credible. Where there are two the probe, which says 0,
        has a vote as well; one is believed within bounds.
        """
        first = bisect_left(self._sorted, -CREDIBLE)
        count = bisect_right(self._sorted, CREDIBLE) - first
        if count == 0:
            return None
        low, high = self._sorted[first + (count - 1) // 2], self._sorted[first + count // 2]
        if count == 1:
            return max(-ALONE, min(ALONE, low))
        return sorted((low, 0.0, high))[1] if count == 2 else (low + high) / 2

    def doubt(self, device: str) -> Doubt | None:
        """Why a device's word counts for nothing, or against that of its peers."""
        said, middle = self._by_device.get(device), self.consensus()
        if said is None:
            return None
        if abs(said) > CREDIBLE:
            return Doubt(_times(said), "its own probe")
        if middle is not None and len(self._sorted) > PEERS and abs(said - middle) > APART:
            return Doubt(_times(said - middle), "devices of its kind")
        return None


def _times(log_ratio: float) -> float:
    return math.exp(max(-50.0, min(50.0, log_ratio)))
