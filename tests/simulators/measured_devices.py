"""A benchmark's measurements whose latencies a test has planted."""

from collections.abc import Callable, Sequence

import msgspec
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_demo.benchmarks.envelopes.measurements import (
    DeviceMeasurements,
    MeasuredLatency,
    Measurements,
    key_of,
)

from tests.simulators.planning import SIZES, make_spec, make_view

Factor = Callable[[VariantSpec], float]


def network(name: str, work: float = 1.0, ap50: float = 0.8) -> list[VariantSpec]:
    """A parent's variants in two precisions, of equal accuracy."""
    return [
        make_spec(f"{name}-{precision}", precision, ap50, work, parent=name, sizes=list(SIZES))
        for precision in ("fp32", "int8")
    ]


def measured_device(
    specs: Sequence[VariantSpec], factor: Factor = lambda _spec: 1.0, name: str = "cam-1", **caps
) -> DeviceMeasurements:
    """A device on which every point takes `factor` times what its probe promises."""
    view = make_view(**caps)
    points = {}
    for spec in specs:
        for size in spec.resolutions:
            promised = Predictor().predict(view, spec, *size)
            points[key_of(spec, *size)] = MeasuredLatency(
                latency_p50_ms=factor(spec) * promised.latency_p50_ms,
                latency_p95_ms=factor(spec) * promised.latency_p95_ms,
                wall_p50_ms=factor(spec) * promised.latency_p50_ms,
                cpu_ms=factor(spec) * promised.latency_p50_ms,
            )
    return DeviceMeasurements(
        device=name,
        stands_for="a test",
        capabilities=msgspec.structs.replace(view.capabilities, device=name),
        probe=view.probe,
        demands_fps=(2.0, 5.0),
        points=points,
    )


def measurements(
    specs: Sequence[VariantSpec], devices: Sequence[DeviceMeasurements]
) -> Measurements:
    """A whole run."""
    return Measurements(machine={"machine": "test"}, specs=list(specs), devices=list(devices))
