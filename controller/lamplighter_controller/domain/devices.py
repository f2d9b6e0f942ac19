"""What the controller knows of one device when it decides."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lamplighter_wire.messages import Capabilities, OperatingPoint, Probe, Workload

from lamplighter_controller.domain.catalogue import VariantSpec

# Demand in a density the device has not reported yet: free flow asks for frames, a jam does not.
ASSUMED_FPS: Mapping[str, float] = {"free": 8.0, "jam": 4.0}


@dataclass(frozen=True)
class DeviceView:
    """A device at the moment of a decision.

    Attributes:
        serving: what it serves now; None before its first deployment.
        resident: ids of variants held on the device, which cost no bytes.
        fps_by_regime: last demanded frame rate seen in each regime.
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

    @property
    def regime(self) -> str:
        """Current regime in text form."""
        return str(self.workload.regime)

    @property
    def hardware_class(self) -> str:
        """Devices of one class share corrections of the predictor."""
        return hardware_class(self.capabilities)

    @property
    def threads(self) -> int:
        """Inference threads: those the probe was measured with."""
        return max(1, self.probe.threads)

    def fps_demand(self, regime: str) -> float:
        """Demanded frame rate in a regime: now, as last seen, or assumed; camera rate caps it."""
        if regime == self.regime:
            fps = self.workload.fps_demand
        elif regime in self.fps_by_regime:
            fps = self.fps_by_regime[regime]
        else:
            fps = self._assumed_fps(regime)
        cap = self.capabilities.camera_fps
        return min(fps, cap) if cap > 0 else fps

    def _assumed_fps(self, regime: str) -> float:
        density = regime.rpartition("-")[2]
        if density == self.workload.regime.density:
            return self.workload.fps_demand
        return ASSUMED_FPS.get(density, self.workload.fps_demand)

    def refusing(self, key: str, reason: str) -> "DeviceView":
        """The same view with one more refusal."""
        return replace(self, refused={**self.refused, key: reason})


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


def busy_cores(capabilities: Capabilities, threads: int) -> float:
    """Cores that really work while a frame is computed: a quota leaves only its share."""
    quota = capabilities.cpu_quota_cores
    return min(float(threads), quota) if quota > 0 else float(threads)


def missing_needs(capabilities: Capabilities, spec: VariantSpec) -> list[str]:
    """What the variant needs and the device does not report, in the words of the recipe."""
    have = {capabilities.machine, *capabilities.isa, *capabilities.accelerators}
    have |= set(capabilities.runtimes)
    missing = [need for need in spec.needs if need.rpartition(":")[2] not in have]
    if spec.runtime not in capabilities.runtimes:
        missing.append(f"runtime:{spec.runtime}")
    return sorted(set(missing))
