"""What choosing gains at places that have a parent of their own, over any one recipe. Pure.

Of each camera of `lamplighter bench sites` it is asked what the large network reaches there at a
size. Any one recipe for all devices answers that with a network of the city; the planner may take
the small network's parent of the site, whose layers are those of the small network.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.rules.sizes import Size, by_area, pixels, size_key

from lamplighter_demo.benchmarks.envelopes.choosing import measured_points
from lamplighter_demo.benchmarks.envelopes.measurements import (
    DeviceMeasurements,
    Measurements,
    key_of,
)
from lamplighter_demo.benchmarks.envelopes.regrets import predictors_of
from lamplighter_demo.benchmarks.envelopes.speed_ups import geometric_mean, way_of
from lamplighter_demo.benchmarks.sites.site_table import CameraRow

LARGE, SMALL = "nanodet-full", "nanodet-p50"
SITE = "site"


class SiteSpeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A camera's question on a device. Milliseconds as measured there.

    Attributes:
        size: of the large network, whose accuracy is asked for.
        latency_ms: of each recipe of the city, "network way", at its quickest size that is as
            accurate.
        chosen: the network, "site" for the site's parent; by predictions.
        fastest_ms, fastest_city_ms: of all, and of the city's, had everything been measured.
    """

    device: str
    camera: str
    size: str
    known: str
    latency_ms: dict[str, float]
    chosen: str
    chosen_ms: float
    fastest_ms: float
    fastest_city_ms: float


@dataclass(frozen=True)
class _Point:
    """A variant at a size, as a network of the city or as the site's."""

    network: str
    spec: VariantSpec
    size: Size
    measured_ms: float


def site_speed_ups(measurements: Measurements, cameras: Sequence[CameraRow]) -> list[SiteSpeedRow]:
    """Every device, camera and size of the large network, by what is known of the device."""
    return [
        row
        for device in measurements.devices
        for known, predictor in predictors_of(device, measurements.specs)
        for camera in cameras
        for row in _rows(device, measurements.specs, camera, known, predictor)
    ]


def _rows(
    device: DeviceMeasurements,
    specs: Sequence[VariantSpec],
    camera: CameraRow,
    known: str,
    predictor: Predictor,
) -> Iterator[SiteSpeedRow]:
    tables = {LARGE: camera.large, SMALL: camera.small, SITE: camera.specialised}
    points = list(_points(device, specs))
    for size, asked in camera.large.items():
        enough = [p for p in points if _reaches(tables[p.network], p.size, asked)]
        city = [p for p in enough if p.network != SITE]
        chosen = min(enough, key=lambda p: _predicted_ms(device, p, predictor))
        yield SiteSpeedRow(
            device=device.device,
            camera=camera.camera,
            size=size,
            known=known,
            latency_ms=_by_recipe(city),
            chosen=chosen.network,
            chosen_ms=chosen.measured_ms,
            fastest_ms=min(p.measured_ms for p in enough),
            fastest_city_ms=min(p.measured_ms for p in city),
        )


def _points(device: DeviceMeasurements, specs: Iterable[VariantSpec]) -> Iterator[_Point]:
    for spec, size in measured_points(device, specs):
        networks = {LARGE: (LARGE,), SMALL: (SMALL, SITE)}.get(spec.parent, ())
        for network in networks:
            yield _Point(network, spec, size, device.points[key_of(spec, *size)].latency_p50_ms)


def _predicted_ms(device: DeviceMeasurements, point: _Point, predictor: Predictor) -> float:
    return predictor.predict(device.view, point.spec, *point.size).latency_p50_ms


def _by_recipe(points: Iterable[_Point]) -> dict[str, float]:
    """Of each recipe the quickest of its sizes."""
    quickest: dict[str, float] = {}
    for point in points:
        name = f"{point.network} {way_of(point.spec)}"
        quickest[name] = min(point.measured_ms, quickest.get(name, math.inf))
    return quickest


def _reaches(table: Mapping[str, float], size: Size, asked: float) -> bool:
    reached = _accuracy(table, size)
    return reached is not None and reached >= asked - DEFAULTS.equal_accuracy


def _accuracy(table: Mapping[str, float], size: Size) -> float | None:
    """At a size; between two that were measured, on a line over the logarithm of the pixels. None
    beyond all that were measured."""
    if size_key(*size) in table:
        return table[size_key(*size)]
    area = math.log(size[0] * size[1])
    for low, high in pairwise(by_area(table)):
        begin, end = math.log(pixels(low)), math.log(pixels(high))
        if begin < area < end:
            share = (area - begin) / (end - begin)
            return table[low] + share * (table[high] - table[low])
    return None


def best_single_recipe(rows: Sequence[SiteSpeedRow]) -> str:
    """The one recipe of the city that is quickest over all rows, and runs and reaches in each."""
    names = set.intersection(*(set(row.latency_ms) for row in rows))
    return min(sorted(names), key=lambda name: geometric_mean(row.latency_ms[name] for row in rows))


class Gains(msgspec.Struct, frozen=True, kw_only=True):
    """Times as fast as one recipe, geometric means: as chosen; as fast as there is; as fast as the
    city's networks get."""

    chosen: float
    fastest: float
    fastest_of_city: float


def gains(rows: Sequence[SiteSpeedRow], single: str) -> Gains:
    """Over one recipe."""
    return Gains(
        chosen=geometric_mean(row.latency_ms[single] / row.chosen_ms for row in rows),
        fastest=geometric_mean(row.latency_ms[single] / row.fastest_ms for row in rows),
        fastest_of_city=geometric_mean(
            row.latency_ms[single] / row.fastest_city_ms for row in rows
        ),
    )
