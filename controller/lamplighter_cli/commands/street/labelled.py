"""`evaluate DEVICE --labels`: variants on labelled pictures of a device's own cameras."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents.street.accuracy import (
    DeviceAccuracy,
    ExpectedPoint,
    LabelledPoint,
)
from lamplighter_client.street.endpoints import accuracy, label_accuracy

from lamplighter_cli.build_inputs import catalogue
from lamplighter_cli.errors import CommandError
from lamplighter_cli.foreign_output import LIBRARIES_LOG, foreign_output_to
from lamplighter_cli.output import Column, show_rows
from lamplighter_cli.progress import PartsProgress, report

if TYPE_CHECKING:
    from lamplighter_recipes.recipe.schema import Recipe
    from lamplighter_recipes.tasks.frame_set import FrameSet
    from lamplighter_recipes.variants.identity import Materials

CLIPS = (".mp4", ".gz")
BUILDING = 0.8  # of a variant's time: to build it takes several times as long as to measure it


def evaluate_device(
    connected: Client,
    device: str,
    labels: Path,
    out: Path,
    materials: "Materials",
    extra: Path | None,
) -> DeviceAccuracy:
    """Measure what the device holds on the labels, and tell the controller.

    Raises:
        CommandError: the labels cannot be read, or nothing that it holds can be built here.
    """
    held = {point.variant for point in connected.send(accuracy(device)).points}
    recipes = _recipes_of(connected, held, extra)
    with tempfile.TemporaryDirectory() as folder:
        frames = frames_at(labels, Path(folder))
        with foreign_output_to(out / LIBRARIES_LOG):
            points = list(_measured(recipes, frames, out, materials))
    if not points:
        raise CommandError(
            f"{device} holds no variant that this machine can build: "
            + (", ".join(sorted(held)) or "it holds none yet")
        )
    return connected.send(label_accuracy(device, points))


def frames_at(labels: Path, folder: Path) -> "FrameSet":
    """Labelled pictures: of a COCO file or its folder, or of a clip with its truth.

    Raises:
        CommandError: there are none.
    """
    from lamplighter_demo.city.clip_frames import write_frames
    from lamplighter_recipes.tasks.detection.frame_set import load_frames

    if labels.suffix in CLIPS:
        stem = labels.name.removesuffix(".truth.json.gz").removesuffix(".mp4")
        clip = labels.with_name(f"{stem}.mp4")
        try:
            return load_frames(write_frames([clip], folder / "clip"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{labels}: is no clip with its truth beside it: {error}") from error
    return load_frames(labels if labels.is_dir() else labels.parent)


def _recipes_of(connected: Client, variants: set[str], extra: Path | None) -> "dict[str, Recipe]":
    """Of the variants that this machine knows how to build, by the variant's id."""
    here = catalogue(extra)
    offered = {one.id: one.recipe for one in connected.send(endpoints.variants())}
    return {name: here[offered[name]] for name in sorted(variants) if offered.get(name) in here}


def _measured(
    recipes: "dict[str, Recipe]", frames: "FrameSet", out: Path, materials: "Materials"
) -> Iterator[LabelledPoint]:
    from lamplighter_recipes.benchmarks.cameras.labelled import measured_points
    from lamplighter_recipes.building.build import specialise

    progress = PartsProgress(len(recipes))
    for variant, recipe in recipes.items():
        building = progress.within(f"build {variant}", 0.0, BUILDING)
        built = specialise(recipe, materials, out / recipe.name, progress=building)
        if built.card.id == variant:
            measuring = progress.within(f"measure {variant}", BUILDING, 1.0)
            for point in measured_points(built, frames, measuring):
                yield msgspec.convert(point, LabelledPoint, from_attributes=True)
        else:
            report(f"{variant} is left out: here its recipe makes {built.card.id}")
        progress.part_done()


def show_expected(told: DeviceAccuracy) -> None:
    """A line for each point in each regime that labels tell of."""
    regimes = {one.regime for one in told.labelled}
    rows = [point for point in told.points if point.regime in regimes]
    show_rows(rows, COLUMNS, as_json=False)


COLUMNS: tuple[Column[ExpectedPoint], ...] = (
    Column("VARIANT", lambda point: point.variant),
    Column("SIZE", lambda point: point.size),
    Column("REGIME", lambda point: point.regime),
    Column("AP50", lambda point: point.ap50),
    Column("INTERVAL", lambda point: f"{point.low:.3f} to {point.high:.3f}" if point.high else ""),
    Column("TABLED", lambda point: point.tabled),
    Column("BASIS", lambda point: point.basis),
)
