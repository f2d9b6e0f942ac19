"""What was measured, as it is kept: everything that the figures are computed from."""

import msgspec
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.messages import Capabilities, Probe
from lamplighter_wire.rules.sizes import point_key


class MeasuredLatency(msgspec.Struct, frozen=True, kw_only=True):
    """Of an operating point on a device, a whole frame: scaling, network, boxes.

    Attributes:
        latency_p50_ms, latency_p95_ms: with what other load did to one point alone taken out.
        wall_p50_ms: the median by the clock.
        cpu_ms: processor time, the median.
    """

    latency_p50_ms: float
    latency_p95_ms: float
    wall_p50_ms: float
    cpu_ms: float


class DeviceMeasurements(msgspec.Struct, frozen=True, kw_only=True):
    """A device: what it reports of itself, and every point that ran on it.

    Attributes:
        points: by "variant@384x288".
        failed: point -> why it did not run.
    """

    device: str
    stands_for: str
    capabilities: Capabilities
    probe: Probe
    demands_fps: tuple[float, ...]
    points: dict[str, MeasuredLatency]
    failed: dict[str, str] = {}

    @property
    def view(self) -> DeviceView:
        """As the planner sees it, before anything was served."""
        return DeviceView(id=self.device, capabilities=self.capabilities, probe=self.probe)


class Measurements(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the benchmark: the catalogue, and the devices.

    Attributes:
        built_work: id of a variant -> size -> extra work, as it was measured where it was built.
    """

    machine: dict[str, str]
    specs: list[VariantSpec]
    devices: list[DeviceMeasurements]
    built_work: dict[str, dict[str, float]] = {}

    @property
    def networks(self) -> list[str]:
        """The parents, each with all that is made of it."""
        return sorted({spec.parent for spec in self.specs})

    def of_network(self, network: str) -> list[VariantSpec]:
        """The variants of one parent."""
        return [spec for spec in self.specs if spec.parent == network]


def key_of(spec: VariantSpec, width: int, height: int) -> str:
    """The name of a point in `DeviceMeasurements.points`."""
    return point_key(spec.id, width, height)
