"""What the planner chooses on a device, by what is known of it, and what that is worth there. Pure.

The planner's own objective is the measure: most accuracy that the device keeps up with, and among
points that are equal in that the least energy.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective, point_limits
from lamplighter_controller.domain.operating_points import Choice, assess
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_controller.domain.prediction.experience import Experience
from lamplighter_controller.domain.prediction.predictor import Observation, Predictor, observed
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.messages import Workload
from lamplighter_wire.rules.sizes import Size

from lamplighter_demo.benchmarks.envelopes.measurements import DeviceMeasurements, key_of

# Whoever has measured everything needs no margin for the errors of predictions.
EXHAUSTIVE = msgspec.structs.replace(DEFAULTS, min_energy_gain=0.0)

Point = tuple[VariantSpec, Size]


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """What a choice really gives: accuracy times the share of the demand that it keeps up with."""

    point: str
    served_ap50: float
    energy_mj: float
    latency_p50_ms: float


def measured_points(device: DeviceMeasurements, specs: Iterable[VariantSpec]) -> list[Point]:
    """All that ran there."""
    return [
        (spec, size)
        for spec in specs
        for size in spec.resolutions
        if key_of(spec, *size) in device.points
    ]


def observations_of(device: DeviceMeasurements, points: Iterable[Point]) -> list[Observation]:
    """Measured points as a device reports them."""
    return [
        observed(
            device.view,
            spec,
            *size,
            latency_p50_ms=device.points[key_of(spec, *size)].latency_p50_ms,
            latency_p95_ms=device.points[key_of(spec, *size)].latency_p95_ms,
        )
        for spec, size in points
    ]


def predictor_after(device: DeviceMeasurements, points: Iterable[Point]) -> Predictor:
    """What the controller knows of a device that has reported these points."""
    return Experience(observations_of(device, points)).predictor(device.view)


def runnable(device: DeviceMeasurements, specs: Iterable[VariantSpec]) -> list[VariantSpec]:
    """The variants without the sizes that did not run: a device refuses those once."""
    kept = []
    for spec in specs:
        sizes = [key for key, size in _sizes(spec) if key_of(spec, *size) in device.points]
        if sizes:
            kept.append(msgspec.structs.replace(spec, sizes=sizes))
    return kept


def _sizes(spec: VariantSpec) -> list[tuple[str, Size]]:
    return [(spec.at(*size).size, size) for size in spec.resolutions]


def demanding(device: DeviceMeasurements, fps: float) -> DeviceView:
    """The device while so many frames per second are due."""
    return replace(device.view, workload=Workload(fps_demand=fps))


def planned(view: DeviceView, specs: Sequence[VariantSpec], predictor: Predictor) -> Choice | None:
    """What the controller serves there; None: nothing."""
    return choose(view, Objective(), specs, predictor).primary


def best_measured(
    view: DeviceView, specs: Sequence[VariantSpec], truth: Predictor
) -> Choice | None:
    """What it would serve had everything been measured, however small the saving."""
    return planned(replace(view, policy=EXHAUSTIVE), specs, truth)


def worth(
    view: DeviceView, choice: Choice | None, specs: Sequence[VariantSpec], truth: Predictor
) -> Worth | None:
    """A choice by what was measured; None of none.

    Args:
        specs: with the accuracies that hold there.
    """
    if choice is None:
        return None
    spec = next(spec for spec in specs if spec.id == choice.spec.id)
    limits = point_limits(Objective(), view.capabilities)
    true = assess(view, limits, spec, choice.point.width, choice.point.height, truth)
    demand = view.current_demand.fps
    cap = choice.point.fps or demand
    share = min(1.0, min(cap, true.fps_limit) / demand) if demand else 1.0
    return Worth(
        point=choice.key,
        served_ap50=true.ap50 * share,
        energy_mj=true.energy_mj,
        latency_p50_ms=true.predicted.latency_p50_ms,
    )


def regret(chosen: Worth | None, best: Worth | None) -> float:
    """How much worse a choice is than the best: a share of the accuracy that is served, or, where
    that is equal, of energy. Nothing chosen where something can be served: all of it."""
    if best is None or chosen is None:
        return 0.0 if best is None else 1.0
    lost = best.served_ap50 - chosen.served_ap50
    if lost > DEFAULTS.equal_accuracy:
        return lost / best.served_ap50
    if -lost > DEFAULTS.equal_accuracy:
        return 0.0
    return max(0.0, chosen.energy_mj / best.energy_mj - 1)
