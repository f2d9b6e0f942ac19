"""What choosing from predictions costs against measuring everything. Pure."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from lamplighter_controller.domain.expected_accuracy import at_site
from lamplighter_controller.domain.prediction.dominance import with_dominators
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec

from lamplighter_demo.benchmarks.envelopes.choosing import (
    Point,
    Worth,
    best_measured,
    demanding,
    measured_points,
    planned,
    predictor_after,
    regret,
    runnable,
    worth,
)
from lamplighter_demo.benchmarks.envelopes.measurements import DeviceMeasurements, Measurements

POINTS_MEASURED = 10
DRAWS = 5
ALL_NETWORKS = "all"
PROBE, TEN = "probe", "probe and ten points"


class RegretRow(msgspec.Struct, frozen=True, kw_only=True):
    """One choice beside the best there is. `place`: a street; empty: any other."""

    device: str
    network: str
    demand_fps: float
    known: str
    chosen: Worth | None
    best: Worth | None
    regret: float
    place: str = ""


def regrets(measurements: Measurements) -> list[RegretRow]:
    """Every device and demand, over each network and over all of them, as on another street."""
    catalogues = {
        network: measurements.of_network(network) for network in measurements.networks
    } | {ALL_NETWORKS: measurements.specs}
    return [
        _row(case, fps, network)
        for device in measurements.devices
        for network, specs in catalogues.items()
        for case in cases(device, measurements.specs, with_dominators(at_site(specs, "")))
        for fps in device.demands_fps
    ]


@dataclass(frozen=True)
class Case:
    """What is offered on a device, what the controller knows of it, and what was measured.

    Attributes:
        specs: with the accuracies that are expected.
        true_specs: with those that hold there.
    """

    device: DeviceMeasurements
    known: str
    specs: Sequence[VariantSpec]
    true_specs: Sequence[VariantSpec]
    predictor: Predictor
    truth: Predictor


def cases(
    device: DeviceMeasurements,
    measured: Sequence[VariantSpec],
    specs: Sequence[VariantSpec],
    true_specs: Sequence[VariantSpec] | None = None,
) -> Iterator[Case]:
    """By all that the controller may know of the device.

    Args:
        measured: what the points it has reported are drawn from.
    """
    offered = runnable(device, specs)
    true = runnable(device, true_specs) if true_specs is not None else offered
    truth = predictor_after(device, measured_points(device, offered))
    for known, predictor in predictors_of(device, measured):
        yield Case(device, known, offered, true, predictor, truth)


def predictors_of(
    device: DeviceMeasurements, measured: Sequence[VariantSpec]
) -> Iterator[tuple[str, Predictor]]:
    """With the probe alone, and with several draws of ten measured points beside it."""
    points = measured_points(device, measured)
    yield PROBE, predictor_after(device, [])
    for seed in range(DRAWS):
        yield TEN, predictor_after(device, drawn(points, POINTS_MEASURED, seed))


def drawn(points: Sequence[Point], count: int, seed: int) -> list[Point]:
    """Some of them by chance; all where there are no more."""
    return random.Random(seed).sample(points, min(count, len(points)))  # noqa: S311 - a draw


def _row(case: Case, fps: float, network: str, place: str = "") -> RegretRow:
    view = demanding(case.device, fps)
    choice = planned(view, case.specs, case.predictor)
    chosen = worth(view, choice, case.true_specs, case.truth)
    ideal = best_measured(view, case.true_specs, case.truth)
    best = worth(view, ideal, case.true_specs, case.truth)
    return RegretRow(
        device=case.device.device,
        network=network,
        demand_fps=fps,
        known=case.known,
        chosen=chosen,
        best=best,
        regret=regret(chosen, best),
        place=place,
    )


def regrets_over_places(measurements: Measurements) -> list[RegretRow]:
    """Every device and demand on every street that was measured: chosen by what is expected of any
    other street, and best by what holds on this one. Variants never measured there take no part."""
    specs = [_on_streets(spec) for spec in measurements.specs if spec.street_ap50]
    streets = sorted({street for spec in specs for street in spec.street_ap50})
    expected = with_dominators(at_site(specs, ""))
    return [
        _row(case, fps, ALL_NETWORKS, street)
        for device in measurements.devices
        for street in streets
        for case in cases(device, measurements.specs, expected, at_street(specs, street))
        for fps in device.demands_fps
    ]


def _on_streets(spec: VariantSpec) -> VariantSpec:
    """At the sizes that all streets were measured at."""
    common = set.intersection(*(set(by_size) for by_size in spec.street_ap50.values()))
    sizes = [size for size in spec.sizes if size in common]
    table = {size: row for size, row in spec.expected_ap50.items() if size in common}
    return msgspec.structs.replace(spec, sizes=sizes, expected_ap50=table)


def at_street(specs: Sequence[VariantSpec], street: str) -> list[VariantSpec]:
    """The same with the accuracies that hold on a street, in whatever regime."""
    return [
        msgspec.structs.replace(
            spec,
            expected_ap50={
                size: dict.fromkeys(row, spec.street_ap50[street][size])
                for size, row in spec.expected_ap50.items()
            },
        )
        for spec in specs
    ]
