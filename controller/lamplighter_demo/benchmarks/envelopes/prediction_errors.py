"""How far predictions are from what was measured, for devices and networks never seen. Pure.

Nothing of one device is known to the predictor of another: of each it has the probe, and ten
points that were measured there. Where a network is left out, none of the ten is of it, and the
figures that were measured of it ahead are taken away: it is as one that a user brings, before it
is built. Once it is, the controller measures its extra work; that is the one thing that is known
of it then.
"""

from collections.abc import Iterator, Sequence
from statistics import fmean

import msgspec
from lamplighter_controller.domain.prediction.expected_work import with_expected_work
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec

from lamplighter_demo.benchmarks.envelopes.choosing import (
    Point,
    measured_points,
    predictor_after,
)
from lamplighter_demo.benchmarks.envelopes.measurements import (
    DeviceMeasurements,
    Measurements,
    key_of,
)
from lamplighter_demo.benchmarks.envelopes.regrets import POINTS_MEASURED, drawn

DRAWS = 10
WITHIN = 0.10


class ErrorRow(msgspec.Struct, frozen=True, kw_only=True):
    """One prediction. `left_out`: the network of which nothing is known; empty: none.

    Attributes:
        known: points that were measured on the device.
        is_built: of a network left out, that its extra work is known nevertheless.
    """

    device: str
    network: str
    point: str
    known: int
    left_out: str
    predicted_ms: float
    measured_ms: float
    is_built: bool = False

    @property
    def relative_error(self) -> float:
        """Without a sign."""
        return abs(self.predicted_ms / self.measured_ms - 1)


class ErrorSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Over many predictions: the mean error, and the share of them within a tenth."""

    mean_error: float
    share_within: float


def summary(rows: Sequence[ErrorRow]) -> ErrorSummary:
    """Of one row at least."""
    errors = [row.relative_error for row in rows]
    within = fmean(error <= WITHIN for error in errors)
    return ErrorSummary(mean_error=fmean(errors), share_within=within)


def prediction_errors(measurements: Measurements) -> list[ErrorRow]:
    """Each device: with its probe alone, after ten points, and both with each network left out."""
    rows: list[ErrorRow] = []
    for device in measurements.devices:
        points = measured_points(device, measurements.specs)
        rows += _rows(device, points, [], predictor_after(device, []), "")
        rows += _after_ten(device, points, points, "")
        for network in measurements.networks:
            rows += _left_out(device, network, without_figures(measurements.specs, network))
            built = with_built_work(measurements, network)
            told = _left_out(device, network, built) if built else []
            rows += [msgspec.structs.replace(row, is_built=True) for row in told]
    return rows


def _left_out(
    device: DeviceMeasurements, network: str, specs: Sequence[VariantSpec]
) -> Iterator[ErrorRow]:
    """A network by what is known of others on the device."""
    points = measured_points(device, specs)
    others = [point for point in points if point[0].parent != network]
    left = [point for point in points if point[0].parent == network]
    yield from _rows(device, left, [], predictor_after(device, []), network)
    yield from _after_ten(device, left, others, network)


def with_built_work(measurements: Measurements, network: str) -> list[VariantSpec]:
    """The catalogue when all was built, as what runs on a device is: of the network the extra work
    is of then, of others it is where nobody had measured it before. Empty: it was not measured."""
    work = measurements.built_work
    if not any(spec.id in work for spec in measurements.of_network(network)):
        return []

    def known(spec: VariantSpec) -> dict[str, float]:
        ahead = {} if spec.parent == network else spec.extra_work
        return ahead or work.get(spec.id, {})

    return with_expected_work(
        [msgspec.structs.replace(spec, extra_work=known(spec)) for spec in measurements.specs]
    )


def without_figures(specs: Sequence[VariantSpec], network: str) -> list[VariantSpec]:
    """The catalogue as it would be had nothing of a network been measured ahead."""
    return with_expected_work(
        [
            msgspec.structs.replace(spec, extra_work={}) if spec.parent == network else spec
            for spec in specs
        ]
    )


def _after_ten(
    device: DeviceMeasurements, points: Sequence[Point], from_points: Sequence[Point], left_out: str
) -> Iterator[ErrorRow]:
    """Draws of ten; predicted is what is not among them."""
    for seed in range(DRAWS):
        ten = drawn(from_points, POINTS_MEASURED, seed)
        yield from _rows(device, points, ten, predictor_after(device, ten), left_out)


def _rows(
    device: DeviceMeasurements,
    points: Sequence[Point],
    known: Sequence[Point],
    predictor: Predictor,
    left_out: str,
) -> Iterator[ErrorRow]:
    measured = {key_of(spec, *size) for spec, size in known}
    for spec, size in points:
        key = key_of(spec, *size)
        if key not in measured:
            yield ErrorRow(
                device=device.device,
                network=spec.parent,
                point=key,
                known=len(known),
                left_out=left_out,
                predicted_ms=predictor.predict(device.view, spec, *size).latency_p50_ms,
                measured_ms=device.points[key].latency_p50_ms,
            )
