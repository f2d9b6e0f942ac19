"""What a device's probe is worth: milliseconds per unit of work, for each runtime it has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from lamplighter_wire.enums import Precision
from lamplighter_wire.messages import Probe, ProbeEntry
from lamplighter_wire.rules.runtimes import BASE_RUNTIME

# A device without a probe: a slow core of a small gateway, so that promises are not too bold.
UNPROBED_MS_PER_MMAC = 0.08
# Depthwise convolutions earn far less per MAC where no depthwise entry was measured.
DEPTHWISE_PENALTY = 4.0
# p95 over p50 is taken from the probe within these bounds.
SPREAD_BOUNDS = (1.1, 3.0)
MEMORY = "memory"  # the entry that belongs to no runtime
DENSE, DEPTHWISE = "dense_", "depthwise_"  # before the precision in an entry's name


class PrecisionRates(NamedTuple):
    """Of one precision: ms per MMAC."""

    dense: float
    depthwise: float


@dataclass(frozen=True)
class Rates:
    """What a runtime is worth on a device.

    Attributes:
        by_precision: of those that it was probed in, and of fp32.
        ms_per_mb: of the memory.
        spread: p95 over p50.
        source: "probe" or "unprobed".
    """

    by_precision: Mapping[str, PrecisionRates]
    ms_per_mb: float
    spread: float
    source: str

    def of(self, precision: str) -> PrecisionRates:
        """Of a precision; one that was not probed counts as fp32: no gain is assumed."""
        return self.by_precision.get(precision) or self.fp32

    @property
    def fp32(self) -> PrecisionRates:
        return self.by_precision[Precision.FP32]


@dataclass(frozen=True)
class ProbeRates:
    """The rates of a device. A runtime that was not probed is taken for slow."""

    by_runtime: Mapping[str, Rates] = field(default_factory=dict)

    def of(self, runtime: str) -> Rates:
        """Those of one runtime."""
        return self.by_runtime.get(runtime, UNPROBED)

    @property
    def base(self) -> Rates:
        """Those of the runtime that every device has."""
        return self.of(BASE_RUNTIME)


def rates_of(probe: Probe) -> ProbeRates:
    """Rates from a probe, by runtime and precision."""
    entries = [e for e in probe.entries if e.latency_p50_ms > 0]
    memory = next((e for e in entries if e.name == MEMORY), None)
    runtimes = {e.runtime for e in entries if e.work_mmac > 0}
    return ProbeRates(
        {name: _rates([e for e in entries if e.runtime == name], memory) for name in runtimes}
    )


def _rates(of_runtime: list[ProbeEntry], memory: ProbeEntry | None) -> Rates:
    measured = {e.name: e.latency_p50_ms / e.work_mmac for e in of_runtime if e.work_mmac > 0}
    dense = measured.get(DENSE + Precision.FP32)
    source = "unprobed" if dense is None else "probe"
    dense = dense or UNPROBED_MS_PER_MMAC
    fp32 = PrecisionRates(
        dense, measured.get(DEPTHWISE + Precision.FP32, dense * DEPTHWISE_PENALTY)
    )
    probed = {name.removeprefix(DENSE) for name in measured if name.startswith(DENSE)}
    by_precision = {
        precision: PrecisionRates(
            measured[DENSE + precision], measured.get(DEPTHWISE + precision, fp32.depthwise)
        )
        for precision in probed
    }
    rates = {**by_precision, Precision.FP32: fp32}
    return Rates(rates, _per_mb(memory), _spread(of_runtime), source)


def _per_mb(entry: ProbeEntry | None) -> float:
    if entry is None or entry.bytes_moved <= 0:
        return 0.0
    return entry.latency_p50_ms / (entry.bytes_moved / 1e6)


def _spread(entries: Iterable[ProbeEntry]) -> float:
    low, high = SPREAD_BOUNDS
    ratios = [
        e.latency_p95_ms / e.latency_p50_ms for e in entries if e.work_mmac > 0 < e.latency_p95_ms
    ]
    return min(high, max(low, median(ratios))) if ratios else low


UNPROBED = _rates([], None)
