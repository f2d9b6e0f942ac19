"""What devices have taught: observations, indexed by device and by hardware class.

One more observation, and all that a plan asks of them, take the same time for ten devices and for
ten thousand.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from statistics import median

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.prediction.predictor import Kind, Observation, Point, Predictor
from lamplighter_controller.domain.prediction.probe_rates import rates_of

# Observations kept per operating point: enough for a median, few enough to follow a change.
KEEP_PER_POINT = 5


class Experience:
    """The observations of a fleet. Not a value: it grows with what it is told."""

    def __init__(self, observations: Iterable[Observation] = ()) -> None:
        self._devices: dict[str, tuple[Observation, ...]] = {}
        self._classes: dict[str, dict[Kind, _ClassRatios]] = {}  # by hardware
        for observation in observations:
            self.add(observation)

    def add(self, new: Observation) -> None:
        """Remember one more; of its point the newest are kept, after those of other points."""
        known = self._devices.get(new.device, ())
        same = [o for o in known if o.point == new.point][-(KEEP_PER_POINT - 1) :]
        others = [o for o in known if o.point != new.point]
        self._devices[new.device] = (*others, *same, new)
        ratios = self._classes.setdefault(new.hardware_class, {})
        ratios.setdefault(new.kind, _ClassRatios()).put(new.point, [*same, new])

    def of(self, device: str) -> tuple[Observation, ...]:
        """Those of one device, the point observed last at the end."""
        return self._devices.get(device, ())

    def predictor(self, view: DeviceView) -> Predictor:
        """What is known for a device at the moment of a decision."""
        hardware = view.hardware_class
        return Predictor(
            observations=tuple(o for o in self.of(view.id) if o.hardware_class == hardware),
            class_ratios={
                kind: ratios.median() for kind, ratios in self._classes.get(hardware, {}).items()
            },
            rates=rates_of(view.probe),
        )


class _ClassRatios:
    """Measured over predicted latency in a hardware class, each operating point counted once."""

    def __init__(self) -> None:
        self._by_point: dict[Point, float] = {}  # median logarithm
        self._sorted: list[float] = []

    def put(self, point: Point, observations: Sequence[Observation]) -> None:
        """All that is kept of a point, in the place of what was kept before."""
        before = self._by_point.get(point)
        if before is not None:
            del self._sorted[bisect_left(self._sorted, before)]
        now = median(o.log_ratio for o in observations)
        self._by_point[point] = now
        insort(self._sorted, now)

    def median(self) -> float:
        """The ratio in the middle."""
        upper = len(self._sorted) // 2
        lower = upper if len(self._sorted) % 2 else upper - 1
        return math.exp((self._sorted[lower] + self._sorted[upper]) / 2)
