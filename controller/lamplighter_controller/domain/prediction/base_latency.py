"""Latency by a device's probe and a network's work alone, before anything corrects it. Pure."""

import math

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.prediction.probe_rates import ProbeRates, Rates
from lamplighter_controller.domain.variants import SizedVariant, VariantSpec

# Resize, decoding and NMS of one frame, in the work of a dense fp32 network: so that slow cores and
# quotas, which the probe has felt, slow them as well.
OVERHEAD_MMAC = 40.0
OVERHEAD_MMAC_PER_PIXEL = 6e-4
# A network may be quicker than the probe's, where it was measured ahead; no more so than this.
LEAST_OF_RATE = 0.5
# Threads beyond those probed: two threads give 1.74 times, not twice.
THREAD_EXPONENT = 0.8


def base_ms(
    view: DeviceView, spec: VariantSpec, width: int, height: int, threads: int, rates: ProbeRates
) -> float:
    """Uncorrected median latency."""
    of_runtime = rates.of(spec.runtime)
    compute, moved_ms = _network_ms(spec.precision, spec.at(width, height), of_runtime)
    return compute * _by_threads(view, threads) + moved_ms + loop_ms(width * height, rates)


def _by_threads(view: DeviceView, threads: int) -> float:
    return math.pow(view.threads / threads, THREAD_EXPONENT)


def loop_ms(area: int, rates: ProbeRates) -> float:
    """Of one frame of so many pixels: all but the network."""
    return (OVERHEAD_MMAC + OVERHEAD_MMAC_PER_PIXEL * area) * rates.base.fp32.dense


def _network_ms(precision: str, sized: SizedVariant, rates: Rates) -> tuple[float, float]:
    """What scales with threads, and what does not."""
    dense, depthwise = sized.dense_mmac, sized.depthwise_mmac
    per_dense, per_depthwise = rates.of(precision)
    extra = _extra_work(sized)
    if extra is not None:
        per_mmac = max(per_dense + extra * rates.fp32.dense, LEAST_OF_RATE * per_dense)
        return (dense + depthwise) * per_mmac, 0.0
    moved_ms = sized.bytes_moved / 1e6 * rates.ms_per_mb
    return dense * per_dense + depthwise * per_depthwise, moved_ms


def _extra_work(sized: SizedVariant) -> float | None:
    return sized.expected_extra_work if sized.extra_work is None else sized.extra_work


def extra_share(
    view: DeviceView, spec: VariantSpec, width: int, height: int, threads: int, rates: ProbeRates
) -> float:
    """How much of the uncorrected latency is beyond the arithmetic; 0: nothing, or not known."""
    sized = spec.at(width, height)
    extra = max(_extra_work(sized) or 0.0, 0.0)
    work = sized.dense_mmac + sized.depthwise_mmac
    extra_ms = work * extra * rates.of(spec.runtime).fp32.dense * _by_threads(view, threads)
    return extra_ms / base_ms(view, spec, width, height, threads, rates)
