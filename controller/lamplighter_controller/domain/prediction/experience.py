"""What devices have taught: observations, indexed by device and by hardware class.

One more observation, and all that a plan asks of them, take the same time for ten devices and for
ten thousand.
"""

import math
from collections.abc import Iterable, Sequence

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.prediction.class_ratios import ClassRatios, Doubt
from lamplighter_controller.domain.prediction.predictor import (
    Kind,
    Observation,
    Predictor,
    median_ratio,
)
from lamplighter_controller.domain.prediction.probe_rates import rates_of

# Observations kept per operating point: enough for a median, few enough to follow a change.
KEEP_PER_POINT = 5
# More points than any device serves; sizes and threads are its own words.
KEEP_PER_DEVICE = 500


class Experience:
    """The observations of a fleet. Not a value: it grows with what it is told."""

    def __init__(self, observations: Iterable[Observation] = ()) -> None:
        self._devices: dict[str, tuple[Observation, ...]] = {}
        self._classes: dict[str, dict[Kind, ClassRatios]] = {}  # by hardware
        self._doubts: dict[tuple[str, str], Doubt] = {}  # device and hardware
        for observation in observations:
            self.add(observation)

    def add(self, new: Observation) -> None:
        """Remember one more; of its point the newest are kept, after those of other points."""
        known = self._devices.get(new.device, ())
        same = [o for o in known if o.point == new.point][-(KEEP_PER_POINT - 1) :]
        others = [o for o in known if o.point != new.point]
        all_ = (*others, *same, new)
        kept = self._devices[new.device] = all_[-KEEP_PER_DEVICE:]
        forgotten = all_[: len(all_) - len(kept)]
        for kind, hardware in {(o.kind, o.hardware_class) for o in (*forgotten, new)}:
            self._vote(new.device, hardware, kind, kept)
        self._judge(new.device, new.hardware_class)

    def forget(self, device: str) -> None:
        """It is measured anew, or was in doubt: what it taught before counts no longer."""
        self._devices.pop(device, None)
        for hardware, kinds in self._classes.items():
            for ratios in kinds.values():
                ratios.put(device, None)
            self._doubts.pop((device, hardware), None)

    def doubt(self, device: str, hardware: str) -> Doubt | None:
        """Why a device of a class teaches no other, as of when it last measured; None: it does.

        May be asked from any thread.
        """
        return self._doubts.get((device, hardware))

    def _judge(self, device: str, hardware: str) -> None:
        doubts = (ratios.doubt(device) for ratios in self._classes.get(hardware, {}).values())
        doubt = next((doubt for doubt in doubts if doubt is not None), None)
        if doubt is None:
            self._doubts.pop((device, hardware), None)
        else:
            self._doubts[device, hardware] = doubt

    def _vote(self, device: str, hardware: str, kind: Kind, kept: Sequence[Observation]) -> None:
        """A device has one vote in its class, however many points it measures."""
        own = [o for o in kept if o.kind == kind and o.hardware_class == hardware]
        ratios = self._classes.setdefault(hardware, {}).setdefault(kind, ClassRatios())
        ratios.put(device, math.log(median_ratio(own)) if own else None)

    def of(self, device: str) -> tuple[Observation, ...]:
        """Those of one device, the point observed last at the end."""
        return self._devices.get(device, ())

    def predictor(self, view: DeviceView) -> Predictor:
        """What is known for a device at the moment of a decision."""
        hardware = view.hardware_class
        return Predictor(
            observations=tuple(o for o in self.of(view.id) if o.hardware_class == hardware),
            class_ratios={
                kind: math.exp(log_ratio)
                for kind, ratios in self._classes.get(hardware, {}).items()
                if (log_ratio := ratios.consensus()) is not None
            },
            rates=rates_of(view.probe),
        )
