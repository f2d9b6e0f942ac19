"""Few-shot prediction of latency and energy: a probe's rates times a network's work, corrected.

Base model after the linear predictors of Dai et al. (ChamNet, 2019) and the few-shot idea of HELP
(Lee et al., 2021): latency = MMAC × (the probe's rate of its precision + the network's extra work ×
the fp32 rate), or, where that was never measured, dense MMAC × rate + depthwise MMAC × rate + bytes
/ bandwidth; plus the loop around it. What is observed corrects it multiplicatively, on a
logarithmic scale, by the median.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median

from lamplighter_wire.enums import Precision
from lamplighter_wire.messages import Prediction, Probe, ProbeEntry
from lamplighter_wire.rules.memory import agent_bytes, variant_bytes
from lamplighter_wire.rules.sizes import size_key

from lamplighter_controller.domain.devices import DeviceView, busy_cores
from lamplighter_controller.domain.variants import VariantSpec

# Resize, decoding and NMS of one frame, in the work of a dense fp32 network: so that slow cores and
# quotas, which the probe has felt, slow them as well.
OVERHEAD_MMAC = 70.0
OVERHEAD_MMAC_PER_PIXEL = 5.8e-4
# A device without a probe: a slow core of a small gateway, so that promises are not too bold.
UNPROBED_MS_PER_MMAC = 0.08
# Depthwise convolutions earn far less per MAC where no depthwise entry was measured.
DEPTHWISE_PENALTY = 4.0
# Threads beyond those probed: two threads give 1.74 times, not twice.
THREAD_EXPONENT = 0.8
DEFAULT_ACTIVE_W_PER_CORE = 4.0
# p95 over p50 is taken from the probe within these bounds.
SPREAD_BOUNDS = (1.1, 3.0)
# Observations kept per operating point: enough for a median, few enough to follow a change.
KEEP_PER_POINT = 5
# Observations that tell what the device is worth now, whatever the point: a device that was
# throttled, or no longer is, must not be judged by what it was.
RECENT = 5
# A variant tried before anything served has nothing beside it that tells a slow variant from a slow
# moment. It is given another chance when the device proves this much faster at others since.
DOUBT = 1.5
# Relative error promised by the source of a prediction.
REL_ERROR = {
    "observed": 0.08,
    "device": 0.15,
    "class": 0.20,
    "probe": 0.30,
    "unprobed": 1.0,
}


@dataclass(frozen=True)
class Rates:
    """What a device's probe is worth: ms per MMAC by kind and precision, ms per megabyte."""

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


def rates_of(probe: Probe) -> Rates:
    """Rates from a probe. Without an int8 entry no gain from int8 is assumed."""
    entries = {e.name: e for e in probe.entries if e.latency_p50_ms > 0}
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
    return Rates(dense, int8[0], depthwise, int8[1], _per_mb(entries.get("memory")), spread, source)


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


@dataclass(frozen=True)
class Observation:
    """One measured median on a device, with the uncorrected predictions it is compared to."""

    device: str
    hardware_class: str
    variant: str
    size: str
    precision: str
    threads: int
    base_ms: float
    latency_p50_ms: float
    latency_p95_ms: float = 0.0  # 0: not observed
    energy_mj: float = 0.0  # 0: not observed
    energy_estimate_mj: float = 0.0  # what the observed latency alone would have cost
    alone: bool = False  # a trial without an incumbent

    @property
    def point(self) -> tuple[str, str, str, str, int]:
        """Observations with the same point are repeated measurements of one thing."""
        return self.device, self.hardware_class, self.variant, self.size, self.threads


@dataclass(frozen=True)
class Predictor:
    """Predicts operating points; a value: observing gives a new predictor."""

    observations: tuple[Observation, ...] = ()

    def observe(
        self,
        view: DeviceView,
        spec: VariantSpec,
        width: int,
        height: int,
        *,
        latency_p50_ms: float,
        latency_p95_ms: float = 0.0,
        energy_mj: float = 0.0,
        threads: int = 0,
        alone: bool = False,
    ) -> "Predictor":
        """Learn from a telemetry window or a trial (also a refused one). Zero: not observed.

        `alone`: the trial had no incumbent to compare with.
        """
        if latency_p50_ms <= 0:
            return self
        used = threads or view.threads
        new = Observation(
            device=view.id,
            hardware_class=view.hardware_class,
            variant=spec.id,
            size=size_key(width, height),
            precision=spec.precision,
            threads=used,
            base_ms=_base_ms(view, spec, width, height, used, rates_of(view.probe)),
            latency_p50_ms=latency_p50_ms,
            latency_p95_ms=latency_p95_ms,
            energy_mj=energy_mj,
            energy_estimate_mj=_energy_estimate_mj(view, latency_p50_ms, used),
            alone=alone,
        )
        same = [o for o in self.observations if o.point == new.point][-(KEEP_PER_POINT - 1) :]
        others = [o for o in self.observations if o.point != new.point]
        return replace(self, observations=(*others, *same, new))

    def has_observed(self, view: DeviceView, spec: VariantSpec, width: int, height: int) -> bool:
        """Whether the device itself has measured this point; otherwise all is predicted."""
        return bool(self._direct(view, spec, size_key(width, height), view.threads))

    def predict(
        self,
        view: DeviceView,
        spec: VariantSpec,
        width: int,
        height: int,
        threads: int = 0,
        regime: str = "",
    ) -> Prediction:
        """Latency (ms), energy (mJ per frame, an estimate), memory and expected AP50.

        The energy estimate is latency × active watts per core × busy cores, times what
        measurements on this device taught. `threads` 0 means those of the probe.
        """
        used = threads or view.threads
        direct = self._direct(view, spec, size_key(width, height), used)
        rates = rates_of(view.probe)
        if direct:
            p50, p95, source = _observed_latency(direct, rates.spread)
        else:
            factor, source = self._factor(view, spec.precision)
            p50 = factor * _base_ms(view, spec, width, height, used, rates)
            p95 = p50 * rates.spread
            source = source or rates.source
        energy = _energy_estimate_mj(view, p50, used) * self._energy_factor(view, direct)
        return Prediction(
            latency_p50_ms=p50,
            latency_p95_ms=p95,
            energy_mj_per_frame=energy,
            memory_bytes=agent_bytes([variant_bytes(spec, width, height)]),
            expected_ap50=spec.ap50(width, height, regime or view.regime) or 0.0,
            latency_rel_error=REL_ERROR[source],
        )

    def _direct(
        self, view: DeviceView, spec: VariantSpec, size: str, threads: int
    ) -> list[Observation]:
        point = (view.id, view.hardware_class, spec.id, size, threads)
        observations = [o for o in self.observations if o.point == point]
        return [] if self._is_doubtful(observations) else observations

    def _is_doubtful(self, found: list[Observation]) -> bool:
        """Whether all that is known is a first trial at a moment when the device was slow."""
        if not found or not all(o.alone for o in found):
            return False
        last = found[-1]
        later = self.observations[self.observations.index(last) + 1 :]
        since = [
            o
            for o in later
            if (o.device, o.hardware_class, o.precision)
            == (last.device, last.hardware_class, last.precision)
        ]
        if len(since) < RECENT:
            return False
        return _median_ratio(found) > DOUBT * _median_ratio(since[-RECENT:])

    def _factor(self, view: DeviceView, precision: str) -> tuple[float, str]:
        """Correction and where it comes from: this device, its hardware class, or nothing.

        What a device taught in another precision stands in until it is seen in this one: a quota
        or a busy core slows both alike, where the probe shows what each is worth. Such a
        guess keeps the error band of the probe.
        """
        peers = [o for o in self.observations if o.hardware_class == view.hardware_class]
        same = [o for o in peers if o.precision == precision]
        by_device = [o for o in same if o.device == view.id]
        if by_device:
            return _median_ratio(by_device[-RECENT:]), "device"
        if same:
            return _median_ratio(same), "class"
        other = [o for o in peers if o.device == view.id]
        return (_median_ratio(other[-RECENT:]) if other else 1.0), ""

    def _energy_factor(self, view: DeviceView, direct: list[Observation]) -> float:
        """Measured over estimated energy at one latency; of the point, else of the device."""
        by_device = [
            o
            for o in self.observations
            if o.device == view.id and o.hardware_class == view.hardware_class
        ]
        for group in (direct, by_device):
            ratios = [o.energy_mj / o.energy_estimate_mj for o in group if o.energy_mj > 0]
            if ratios:
                return median(ratios)
        return 1.0


def _median_ratio(observations: list[Observation]) -> float:
    """exp of the median log ratio, each operating point counted once."""
    by_point: dict[object, list[float]] = {}
    for o in observations:
        by_point.setdefault(o.point, []).append(math.log(o.latency_p50_ms / o.base_ms))
    return math.exp(median(median(logs) for logs in by_point.values()))


def _base_ms(
    view: DeviceView, spec: VariantSpec, width: int, height: int, threads: int, rates: Rates
) -> float:
    """Uncorrected median latency."""
    compute, moved_ms = _network_ms(spec, width, height, rates)
    compute *= math.pow(view.threads / threads, THREAD_EXPONENT)
    around = OVERHEAD_MMAC + OVERHEAD_MMAC_PER_PIXEL * width * height
    return compute + moved_ms + around * rates.dense_fp32


def _network_ms(spec: VariantSpec, width: int, height: int, rates: Rates) -> tuple[float, float]:
    """What scales with threads, and what does not."""
    dense, depthwise, moved = spec.work(width, height)
    per_dense, per_depthwise = rates.of(spec.precision)
    extra = spec.extra_at(width, height)
    if extra is not None:
        return (dense + depthwise) * (per_dense + extra * rates.dense_fp32), 0.0
    return dense * per_dense + depthwise * per_depthwise, moved / 1e6 * rates.ms_per_mb


def _observed_latency(direct: list[Observation], spread: float) -> tuple[float, float, str]:
    p50 = median(o.latency_p50_ms for o in direct)
    tails = [o.latency_p95_ms for o in direct if o.latency_p95_ms > 0]
    return p50, max(p50, median(tails)) if tails else p50 * spread, "observed"


def _energy_estimate_mj(view: DeviceView, latency_ms: float, threads: int) -> float:
    watts = view.capabilities.active_w_per_core or DEFAULT_ACTIVE_W_PER_CORE
    return latency_ms * watts * busy_cores(view.capabilities, threads)
