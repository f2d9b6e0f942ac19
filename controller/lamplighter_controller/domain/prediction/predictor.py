"""Few-shot prediction of latency and energy: a probe's rates times a network's work, corrected.

Base model after the linear predictors of Dai et al. (ChamNet, 2019) and the few-shot idea of HELP
(Lee et al., 2021): latency = MMAC × (the probe's rate of its runtime and precision + the network's
extra work × that runtime's fp32 rate), or, where nothing tells of that, dense MMAC × rate +
depthwise MMAC × rate + bytes / bandwidth; plus the loop around it. What is observed corrects it
multiplicatively, on a logarithmic scale: what the device has measured by `corrections`, what its
class has measured by the median.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from statistics import median
from typing import Any

import msgspec
from lamplighter_wire.messages import Prediction
from lamplighter_wire.rules.accuracy import PICTURES
from lamplighter_wire.rules.memory import agent_bytes
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.rules.sizes import pixels, size_key
from lamplighter_wire.street.count_error import CountError

from lamplighter_controller.domain.devices import DeviceView, busy_cores
from lamplighter_controller.domain.prediction.base_latency import base_ms, extra_share, loop_ms
from lamplighter_controller.domain.prediction.corrections import (
    Corrections,
    Measured,
    Traits,
    corrections,
)
from lamplighter_controller.domain.prediction.probe_rates import ProbeRates, rates_of
from lamplighter_controller.domain.variants import BY_LABELS, SizedVariant, VariantSpec

# Device, hardware class, variant, size, threads.
Point = tuple[str, str, str, str, int]
# Runtime and precision: what latencies are alike in.
Kind = tuple[str, str]

DEFAULT_ACTIVE_W_PER_CORE = 4.0
# What an observation's times (ms) and energies (mJ) may be; their ratios stay far from infinity.
SOUND = (1e-9, 1e15)
# Observations of others after which a first trial can be judged.
RECENT = 5
# Points that were measured last and tell of all others: more tell little more.
POINTS = 10
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
    runtime: str = BASE_RUNTIME
    extra_share: float = 0.0  # of `base_ms`: what is beyond the arithmetic

    @property
    def kind(self) -> Kind:
        """Observations of one kind correct each other's predictions."""
        return self.runtime, self.precision

    @property
    def point(self) -> Point:
        """Observations with the same point are repeated measurements of one thing."""
        return self.device, self.hardware_class, self.variant, self.size, self.threads

    @property
    def is_sound(self) -> bool:
        """Whether it can be computed with: no sum or ratio of its figures leaves what they can
        be."""
        figures = (self.latency_p95_ms, self.energy_mj, self.energy_estimate_mj)
        times = (self.base_ms, self.latency_p50_ms)
        least, most = SOUND
        return all(least <= t <= most for t in times) and all(0 <= f <= most for f in figures)

    @property
    def log_ratio(self) -> float:
        """Logarithm of measured over predicted latency."""
        return math.log(self.latency_p50_ms / self.base_ms)


@dataclass(frozen=True)
class Predictor:
    """Predicts the operating points of one device; a value.

    Attributes:
        observations: of this device with its present hardware, the point observed last at the end.
        class_ratios: kind -> measured over predicted latency in its hardware class.
        rates: of its probe.
    """

    observations: tuple[Observation, ...] = ()
    class_ratios: Mapping[Kind, float] = field(default_factory=dict)
    rates: ProbeRates | None = None

    def has_observed(self, view: DeviceView, spec: VariantSpec, width: int, height: int) -> bool:
        """Whether the device itself has measured this point; otherwise all is predicted."""
        return bool(self._direct(spec, spec.at(width, height), view.threads))

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
        sized = spec.at(width, height)
        direct = self._direct(spec, sized, used)
        probed = self.rates or rates_of(view.probe)
        rates = probed.of(spec.runtime)
        if direct:
            p50, p95, source = _observed_latency(direct, rates.spread)
        else:
            uncorrected_ms = base_ms(view, spec, width, height, used, probed)
            loop = loop_ms(width * height, probed) / uncorrected_ms
            extra = extra_share(view, spec, width, height, used, probed)
            traits = Traits(spec.runtime, spec.precision, spec.id, loop, width * height, extra)
            factor, source = self._factor(traits, probed)
            p50 = factor * uncorrected_ms
            p95 = p50 * rates.spread
            source = source or rates.source
        energy_factor = _energy_factor(direct) or self._energy_factor
        energy = energy_estimate_mj(view, p50, used) * energy_factor
        return Prediction(
            latency_p50_ms=p50,
            latency_p95_ms=p95,
            energy_mj_per_frame=energy,
            memory_bytes=agent_bytes([sized.memory_bytes]),
            **expected_in(sized, regime or view.regime),
            latency_rel_error=REL_ERROR[source],
        )

    def _direct(self, spec: VariantSpec, sized: SizedVariant, threads: int) -> list[Observation]:
        return self._by_point.get((spec.id, sized.size, threads), [])

    @cached_property
    def _by_point(self) -> dict[tuple[str, str, int], list[Observation]]:
        """What the device itself has measured of each point, where it is not doubtful."""
        by_point: dict[tuple[str, str, int], list[Observation]] = {}
        for o in self.observations:
            by_point.setdefault((o.variant, o.size, o.threads), []).append(o)
        return {point: all_ for point, all_ in by_point.items() if not self._is_doubtful(all_)}

    def _is_doubtful(self, observations: list[Observation]) -> bool:
        """Whether all that is known is a first trial at a moment when the device was slow."""
        if not observations or not all(o.alone for o in observations):
            return False
        last = observations[-1]
        later = self.observations[self.observations.index(last) + 1 :]
        since = [o for o in later if o.kind == last.kind]
        if len(since) < RECENT:
            return False
        return median_ratio(observations) > DOUBT * median_ratio(since[-RECENT:])

    def _factor(self, traits: Traits, rates: ProbeRates) -> tuple[float, str]:
        """Correction and where it comes from: this device, its hardware class, or nothing.

        What a device taught in another precision or runtime stands in until it is seen in this
        one: a quota or a busy core slows both alike, where the probe shows what each is worth. Such
        a guess keeps the error band of the probe.
        """
        kind = traits.runtime, traits.precision
        if any(o.kind == kind for o in self.observations):
            return self._corrections(rates).factor(traits), "device"
        if kind in self.class_ratios:
            return self.class_ratios[kind], "class"
        return (self._corrections(rates).factor(traits) if self.observations else 1.0), ""

    def _corrections(self, rates: ProbeRates) -> Corrections:
        """Of the device's own points; reckoned once, for its rates are the same in each call."""
        if not self._reckoned:
            self._reckoned.append(corrections(_measured(self.observations, rates)))
        return self._reckoned[0]

    @cached_property
    def _reckoned(self) -> list[Corrections]:
        return []

    @cached_property
    def _energy_factor(self) -> float:
        return _energy_factor(self.observations) or 1.0


def _measured(observations: Sequence[Observation], rates: ProbeRates) -> list[Measured]:
    """The points that were measured last, the last one first."""
    by_point: dict[Point, list[Observation]] = {}
    for o in reversed(observations):
        by_point.setdefault(o.point, []).append(o)
    points, repeats = [], 0
    for same in islice(by_point.values(), POINTS):
        points.append(Measured(_traits(same[0], rates), median(o.log_ratio for o in same), repeats))
        repeats += len(same) - 1
    return points


def _traits(o: Observation, rates: ProbeRates) -> Traits:
    area = pixels(o.size)
    loop = min(1.0, loop_ms(area, rates) / o.base_ms)
    return Traits(o.runtime, o.precision, o.variant, loop, area, o.extra_share)


def expected_in(sized: SizedVariant, regime: str) -> dict[str, Any]:
    """The accuracy that a prediction names: in a regime, and what it rests on."""
    ap50, site = sized.ap50_in(regime) or 0.0, sized.share_in(regime)
    return {
        "expected_ap50": ap50,
        "class_map50": sized.class_map50_in(regime),
        "ap50_basis": site.basis,
        "measured_on": PICTURES if site.basis == BY_LABELS else sized.measured_on,
        "ap50_share": site.share,
        "ap50_range": (ap50 / site.share * site.low, min(1.0, ap50 / site.share * site.high)),
    }


def counted_at(predicted: Prediction, error: CountError, basis: str) -> Prediction:
    """The same, with the error of counts that is expected at the point's frame rate."""
    return msgspec.structs.replace(
        predicted,
        count_error=error.error,
        count_error_range=(error.low, error.high),
        count_error_basis=basis,
    )


def _energy_factor(observations: Sequence[Observation]) -> float | None:
    """Measured over estimated energy at one latency; None where none was measured."""
    ratios = [o.energy_mj / o.energy_estimate_mj for o in observations if o.energy_mj > 0]
    return median(ratios) if ratios else None


def observed(
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
) -> Observation:
    """What a telemetry window or a trial (also a refused one) tells. Zero: not observed.

    `alone`: the trial had no incumbent to compare with.
    """
    used = threads or view.threads
    rates = rates_of(view.probe)
    return Observation(
        device=view.id,
        hardware_class=view.hardware_class,
        variant=spec.id,
        size=size_key(width, height),
        precision=spec.precision,
        threads=used,
        base_ms=base_ms(view, spec, width, height, used, rates),
        latency_p50_ms=latency_p50_ms,
        latency_p95_ms=latency_p95_ms,
        energy_mj=energy_mj,
        energy_estimate_mj=energy_estimate_mj(view, latency_p50_ms, used),
        alone=alone,
        runtime=spec.runtime,
        extra_share=extra_share(view, spec, width, height, used, rates),
    )


def median_ratio(observations: Sequence[Observation]) -> float:
    """exp of the median log ratio, each operating point counted once; there must be some."""
    by_point: dict[Point, list[float]] = {}
    for o in observations:
        by_point.setdefault(o.point, []).append(o.log_ratio)
    return math.exp(median(median(logs) for logs in by_point.values()))


def _observed_latency(direct: list[Observation], spread: float) -> tuple[float, float, str]:
    p50 = median(o.latency_p50_ms for o in direct)
    tails = [o.latency_p95_ms for o in direct if o.latency_p95_ms > 0]
    return p50, max(p50, median(tails)) if tails else p50 * spread, "observed"


def energy_estimate_mj(view: DeviceView, latency_ms: float, threads: int) -> float:
    watts = view.capabilities.active_w_per_core or DEFAULT_ACTIVE_W_PER_CORE
    return latency_ms * watts * busy_cores(view.capabilities, threads)
