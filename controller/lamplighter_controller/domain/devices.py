"""What the controller knows of one device when it decides."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from lamplighter_wire.errors import TaskError
from lamplighter_wire.messages import Capabilities, OperatingPoint, Probe, Workload
from lamplighter_wire.rules.limits import capped_fps
from lamplighter_wire.rules.regimes import all_regimes, regime_key, value_on
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import find_task
from lamplighter_wire.tasks.task import Task

from lamplighter_controller.domain.overrides.overrides import NOTHING, InForce
from lamplighter_controller.domain.policy.policy import DEFAULTS, Policy
from lamplighter_controller.domain.streams import stream_ids

# A remembered demand falls by this share of the difference with each window; it rises at once.
FORGET_PER_WINDOW = 0.2
# Of the time of a device, whatever its cameras are said to take.
LEAST_LEFT = 0.1


class Demand(NamedTuple):
    """Frames per second that are due, and what should be possible so that they may become more."""

    fps: float
    fps_room: float


@dataclass(frozen=True)
class DeviceView:
    """A device at the moment of a decision.

    Attributes:
        serving: what it serves now; None before its first deployment.
        resident: ids of variants held on the device, which cost no bytes.
        fps_by_regime: remembered demand of each regime seen, see `remembered_fps`.
        policy: the thresholds that it is decided by.
        overrides: what operators have set for it by hand.
        refused: variant id or "variant@384x288" -> reason code, from refusals on this device.
    """

    id: str
    capabilities: Capabilities = field(default_factory=Capabilities)
    probe: Probe = field(default_factory=Probe)
    workload: Workload = field(default_factory=Workload)
    serving: OperatingPoint | None = None
    resident: tuple[str, ...] = ()
    fps_by_regime: Mapping[str, float] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = DEFAULTS
    overrides: InForce = NOTHING

    @cached_property
    def task(self) -> Task:
        """What its networks are for."""
        return task_of(self.capabilities)

    @cached_property
    def regimes(self) -> tuple[str, ...]:
        """Every regime that its task tells apart, in text form."""
        return all_regimes(self.task.axes)

    @cached_property
    def regime(self) -> str:
        """Current regime in text form."""
        return regime_key(self.workload.regime, self.task.axes)

    @cached_property
    def hardware_class(self) -> str:
        """Devices of one class share corrections of the predictor."""
        return hardware_class(self.capabilities)

    @property
    def threads(self) -> int:
        """Inference threads: those the probe was measured with."""
        return max(1, self.probe.threads)

    @property
    def idle_w(self) -> float:
        """Power without any network: of the idle device, and of receiving its cameras."""
        facts = self.capabilities
        return facts.idle_w + camera_cores(facts) * facts.active_w_per_core

    @property
    def slot_share(self) -> float:
        """Share of the time between two frames that a frame may take, beside its cameras."""
        return self.policy.slot_share * left_by_cameras(self.capabilities, self.threads)

    @cached_property
    def current_demand(self) -> Demand:
        """What is demanded in the current regime."""
        return self.demand(self.regime)

    def demand(self, regime: str) -> Demand:
        """Demanded in a regime: now, remembered, or assumed; the camera's rate caps it."""
        fps, camera_fps = self._uncapped_fps(regime), self.capabilities.camera_fps
        with_room = self.policy.demand_headroom * fps
        return Demand(capped_fps(fps, camera_fps), capped_fps(with_room, camera_fps))

    def _uncapped_fps(self, regime: str) -> float:
        if regime == self.regime:
            return self.workload.fps_demand
        if regime in self.fps_by_regime:
            return self.fps_by_regime[regime]
        return self._assumed_fps(self._on_demand_axis(regime))

    def _assumed_fps(self, value: str) -> float:
        """The most that was seen at this value of the axis that demand depends on, else what is
        usual there."""
        by_regime = {**self.fps_by_regime, self.regime: self.workload.fps_demand}
        demands = [fps for name, fps in by_regime.items() if self._on_demand_axis(name) == value]
        usual = self.task.usual_demand.fps
        if demands or value not in usual:
            return max(demands, default=self.workload.fps_demand)
        return usual[value] * len(stream_ids(self.capabilities))

    def _on_demand_axis(self, regime: str) -> str:
        task = self.task
        return value_on(task.usual_demand.axis, regime, task.axes)

    def refusing(self, key: str, reason: str) -> "DeviceView":
        """The same view with one more refusal."""
        return replace(self, refused={**self.refused, key: reason})


def task_of(capabilities: Capabilities | None) -> Task:
    """A device's task. Of one that is not installed here there are no variants: its regimes are
    named as those of detection."""
    if capabilities is None:
        return DETECTION
    try:
        return find_task(capabilities.task)
    except TaskError:
        return DETECTION


def remembered_fps(before: float, seen: float) -> float:
    """Demand to be ready for after one more window: a maximum that fades."""
    return max(seen, before + FORGET_PER_WINDOW * (seen - before))


def hardware_class(capabilities: Capabilities) -> str:
    """Short hash of instruction set, cores and quota: what sets the speed of a network."""
    text = "|".join(
        [
            capabilities.machine,
            ",".join(sorted(capabilities.isa)),
            str(capabilities.cores),
            f"{capabilities.cpu_quota_cores:.2f}",
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def camera_cores(capabilities: Capabilities) -> float:
    """Cores that receiving and decoding its cameras takes, beside all frames that are served."""
    return sum(max(facts.busy_cores, 0.0) for facts in capabilities.cameras.values())


def left_by_cameras(capabilities: Capabilities, threads: int) -> float:
    """Share of what its threads could use that the cameras leave them; 1: there is enough."""
    usable = capabilities.cpu_quota_cores or float(max(capabilities.cores, 1))
    wanted = min(float(threads), usable)
    left = usable - camera_cores(capabilities)
    return min(1.0, max(left / wanted, LEAST_LEFT))


def busy_cores(capabilities: Capabilities, threads: int) -> float:
    """Cores that really work while a frame is computed: a quota leaves only its share."""
    quota = capabilities.cpu_quota_cores
    return min(float(threads), quota) if quota > 0 else float(threads)
