"""Processor time of a frame, of all networks in all ways in turns, so that other load falls on all
alike."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lamplighter_controller.domain.variants import VariantSpec

from lamplighter_demo.benchmarks.day.networks import Network
from lamplighter_demo.benchmarks.envelopes.bench_devices import EVERY_RUNTIME, BenchDevice
from lamplighter_demo.benchmarks.envelopes.bench_variants import BenchVariant
from lamplighter_demo.benchmarks.envelopes.measurements import key_of
from lamplighter_demo.benchmarks.envelopes.measuring import measure_device
from lamplighter_demo.city.envelopes import Envelope

HERE = BenchDevice("here", "this machine", Envelope(), EVERY_RUNTIME)
ROUNDS = 20

Notify = Callable[[str], None]


def frame_costs_ms(
    networks: Mapping[str, Network], sizes: Sequence[str], clip: Path, notify: Notify
) -> dict[tuple[str, str], float]:
    """Name and size -> processor milliseconds of a whole frame: scaling, network, boxes."""
    variants = [_variant(network, sizes) for network in networks.values()]
    measured = measure_device(HERE, variants, clip, ROUNDS, notify)
    return {
        (variant.spec.id, f"{width}x{height}"): measured.points[key].cpu_ms
        for variant in variants
        for width, height in variant.spec.resolutions
        if (key := key_of(variant.spec, width, height)) in measured.points
    }


def _variant(network: Network, sizes: Sequence[str]) -> BenchVariant:
    spec = VariantSpec(
        id=network.name,
        runtime=network.runtime,
        decoder=network.decoder,
        mmac=dict.fromkeys(sizes, 0.0),
    )
    return BenchVariant(spec, network.folder)
