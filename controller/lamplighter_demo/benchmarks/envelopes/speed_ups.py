"""What choosing for each device gains over fp32, and over any one recipe for all of them. Pure.

Each network for itself, at one size, where recipes differ in accuracy by nothing that counts.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean

import msgspec
from lamplighter_controller.domain.expected_accuracy import at_site
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.rules.sizes import MAIN_SIZE, parse_size

from lamplighter_demo.benchmarks.envelopes.choosing import planned, runnable
from lamplighter_demo.benchmarks.envelopes.measurements import (
    DeviceMeasurements,
    Measurements,
    key_of,
)
from lamplighter_demo.benchmarks.envelopes.regrets import predictors_of

REFERENCE = f"{BASE_RUNTIME} {Precision.FP32.value}"


class SpeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A network on a device, at one size. Milliseconds measured there, by way to compute."""

    device: str
    network: str
    known: str
    chosen: str
    latency_ms: dict[str, float]

    def speed_up(self, way: str) -> float:
        """Of what is chosen, over one way; one that does not run there counts as fp32 does."""
        slow = self.latency_ms.get(way, self.latency_ms[REFERENCE])
        return slow / self.latency_ms[self.chosen]


def way_of(spec: VariantSpec) -> str:
    """A recipe whatever its network: runtime and precision."""
    return f"{spec.runtime} {spec.precision}"


def speed_ups(measurements: Measurements) -> list[SpeedRow]:
    """Every network on every device that fp32 fits on, by what is known of the device."""
    return [
        row
        for device in measurements.devices
        for network in measurements.networks
        for row in _rows(device, network, measurements)
    ]


def _rows(
    device: DeviceMeasurements, network: str, measurements: Measurements
) -> Iterable[SpeedRow]:
    specs = [_at_main_size(spec) for spec in measurements.of_network(network)]
    offered = runnable(device, at_site(specs, ""))
    latency_ms = {
        way_of(spec): device.points[key_of(spec, *parse_size(MAIN_SIZE))].latency_p50_ms
        for spec in offered
    }
    if REFERENCE not in latency_ms:
        return
    for known, predictor in predictors_of(device, measurements.specs):
        choice = planned(device.view, offered, predictor)
        if choice is not None:
            yield SpeedRow(
                device=device.device,
                network=network,
                known=known,
                chosen=way_of(choice.spec),
                latency_ms=latency_ms,
            )


def _at_main_size(spec: VariantSpec) -> VariantSpec:
    return msgspec.structs.replace(spec, sizes=[MAIN_SIZE])


def best_single(rows: Sequence[SpeedRow], *, everywhere: bool) -> str:
    """The one way that is fastest over all rows; `everywhere`: it must run on each device."""
    ways = {way for row in rows for way in row.latency_ms}
    if everywhere:
        ways = {way for way in ways if all(way in row.latency_ms for row in rows)}
    return min(sorted(ways), key=lambda way: geometric_mean(row.speed_up(way) for row in rows))


def geometric_mean(values: Iterable[float]) -> float:
    """Of one value at least, all above 0."""
    return math.exp(fmean(math.log(value) for value in values))


def slower_than_fp32(rows: Iterable[SpeedRow]) -> list[SpeedRow]:
    """Where the choice does harm."""
    return [row for row in rows if row.speed_up(REFERENCE) < 1]
