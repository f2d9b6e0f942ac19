"""`lamplighter bench envelopes`: build, measure on all devices, and write down what follows."""

import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from lamplighter_controller.domain.prediction.expected_work import with_expected_work
from lamplighter_recipes.recipe.runtime_facts import tool_versions
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.errors import os_error_text
from lamplighter_wire.files import write_atomically

from lamplighter_demo.benchmarks.envelopes.bench_devices import BENCH_DEVICES, BenchDevice
from lamplighter_demo.benchmarks.envelopes.bench_variants import (
    BenchVariant,
    build_variants,
    recipes_to_measure,
)
from lamplighter_demo.benchmarks.envelopes.figures import figures_of
from lamplighter_demo.benchmarks.envelopes.measurements import DeviceMeasurements, Measurements
from lamplighter_demo.benchmarks.envelopes.measuring import measure_device
from lamplighter_demo.benchmarks.envelopes.page import draw, page
from lamplighter_demo.benchmarks.sites.site_table import CameraRow
from lamplighter_demo.errors import DemoError

NETWORKS = ("nanodet-full", "nanodet-p50", "nanodet-p50-relu", "mobilenetv3-small-relu")
MEASUREMENTS = "measurements.json"

Notify = Callable[[str], None]


def measure_envelopes(
    out: Path,
    catalogue: Mapping[str, Recipe],
    materials: Materials,
    clip: Path,
    rounds: int,
    notify: Notify,
    devices: Sequence[BenchDevice] = BENCH_DEVICES,
) -> Measurements:
    """Measure device by device; what an interrupted run has measured is kept.

    Raises:
        RecipesError: when a recipe, the weights or the frames cannot be used.
    """
    recipes = recipes_to_measure(catalogue, NETWORKS)
    variants = build_variants(recipes, materials, out / "build", notify)
    tools = [tool_versions(recipe.runtime) for recipe in recipes]
    measurements = Measurements(
        machine={"machine": platform.machine()} | {k: v for one in tools for k, v in one.items()},
        specs=[variant.spec for variant in variants],
        devices=[_device(d, variants, out, clip, rounds, notify) for d in devices],
        built_work={variant.spec.id: dict(variant.work) for variant in variants},
    )
    write_atomically(out / MEASUREMENTS, [msgspec.json.format(msgspec.json.encode(measurements))])
    return measurements


def _device(
    device: BenchDevice,
    variants: Sequence[BenchVariant],
    out: Path,
    clip: Path,
    rounds: int,
    notify: Notify,
) -> DeviceMeasurements:
    path = out / f"{device.id}.json"
    if not path.exists():
        measured = measure_device(device, variants, clip, rounds, notify)
        write_atomically(path, [msgspec.json.encode(measured)])
    return msgspec.json.decode(path.read_bytes(), type=DeviceMeasurements)


def read_measurements(path: Path) -> Measurements:
    """Those of an earlier run.

    Raises:
        DemoError: it cannot be read, or is none of these.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Measurements)
    except OSError as error:
        raise DemoError(f"--measured: {os_error_text(error, path)}") from error
    except msgspec.DecodeError as error:
        remedy = "name the measurements.json that a run has left in its --out"
        raise DemoError(f"--measured: {path} holds no measurements ({error}); {remedy}") from error


def write_figures(measurements: Measurements, out: Path, cameras: Sequence[CameraRow] = ()) -> str:
    """All figures as JSON, as tables and as a picture; returns the tables.

    `cameras`: of a run of the bench on sites, for what their parents add.
    """
    out.mkdir(parents=True, exist_ok=True)
    specs = with_expected_work(measurements.specs)
    figures = figures_of(msgspec.structs.replace(measurements, specs=specs), cameras)
    text = page(measurements, figures)
    write_atomically(out / "figures.json", [msgspec.json.encode(figures)])
    write_atomically(out / "envelopes.md", [text.encode()])
    draw(figures, out / "envelopes.png")
    return text
