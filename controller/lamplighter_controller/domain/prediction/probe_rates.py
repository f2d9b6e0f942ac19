"""What a device's probe is worth: milliseconds per unit of work, for each runtime it has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

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


@dataclass(frozen=True)
class Rates:
    """What a runtime is worth on a device: ms per MMAC by kind and precision, ms per megabyte."""

    dense_fp32: float
    dense_int8: float
    depthwise_fp32: float
    depthwise_int8: float
    ms_per_mb: float
    spread: float  # p95 over p50
    source: str  # probe | unprobed

    def of(self, precision: str) -> tuple[float, float]:
        """(dense, depthwise) ms per MMAC of a precision; anything but int8 counts as fp32."""
        if precision == Precision.INT8:
            return self.dense_int8, self.depthwise_int8
        return self.dense_fp32, self.depthwise_fp32


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
    """Rates from a probe. Without an int8 entry no gain from int8 is assumed."""
    entries = [e for e in probe.entries if e.latency_p50_ms > 0]
    memory = next((e for e in entries if e.name == MEMORY), None)
    runtimes = {e.runtime for e in entries if e.work_mmac > 0}
    return ProbeRates(
        {name: _rates([e for e in entries if e.runtime == name], memory) for name in runtimes}
    )


def _rates(of_runtime: list[ProbeEntry], memory: ProbeEntry | None) -> Rates:
    entries = {e.name: e for e in of_runtime}
    dense = _per_mmac(entries.get("dense_fp32"))
    source = "probe"
    if dense is None:
        dense, source = UNPROBED_MS_PER_MMAC, "unprobed"
    depthwise = _per_mmac(entries.get("depthwise_fp32")) or dense * DEPTHWISE_PENALTY
    int8 = (
        _per_mmac(entries.get("dense_int8")) or dense,
        _per_mmac(entries.get("depthwise_int8")) or depthwise,
    )
    spread = _spread(entries.values())
    return Rates(dense, int8[0], depthwise, int8[1], _per_mb(memory), spread, source)


def _per_mmac(entry: ProbeEntry | None) -> float | None:
    if entry is None or entry.work_mmac <= 0:
        return None
    return entry.latency_p50_ms / entry.work_mmac


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
