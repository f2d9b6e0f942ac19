"""Rivals of a parent's recipes: made, measured, and opened to be timed."""

import re
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from lamplighter_wire.blobs import compress, pack

from lamplighter_recipes.benchmarks.variants.baselines import BASELINES, Baseline, Calibration
from lamplighter_recipes.benchmarks.variants.rows import Report, Row
from lamplighter_recipes.benchmarks.variants.subject import Subject
from lamplighter_recipes.building.comparison import compare_with_parent
from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.errors import RecipesError
from lamplighter_recipes.recipe.runtime_facts import runtime_facts
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.peak_memory import peak_memory_bytes
from lamplighter_recipes.runtimes.runtime import Images, Infer, find_runtime
from lamplighter_recipes.tasks.frame_set import FrameSet

Progress = Callable[[str], None]
Timed = tuple[Infer, Sequence[Images]]  # what runs, and the pictures that it is given in turn


class RivalError(RecipesError):
    """A rival's tool could make nothing of a network."""


def add_baselines(
    report: Report,
    subject: Subject,
    folder: Path,
    progress: Progress,
    chosen: Collection[str],
) -> dict[str, Timed]:
    """Each of the chosen ones for each parent that it suits, by its name in the report; the report
    says which could not be made."""
    timed: dict[str, Timed] = {}
    for parent_name, recipes in subject.by_parent.items():
        pictures = subject.pictures(recipes[0])
        for name in _suiting(subject.parent_of(recipes[0]), recipes, chosen):
            label = f"{name} ({parent_name})"
            progress(f"build {label}")
            row = Row(name=label, kind="baseline", parent=parent_name, precision=name)
            try:
                infer = _measured(row, BASELINES[name], subject, recipes[0], folder)
            except RivalError as error:
                report.failed[label] = str(error)
                continue
            timed[label] = infer, pictures
            report.rows.append(row)
    return timed


def _suiting(parent: Parent, recipes: list[Recipe], chosen: Collection[str]) -> list[str]:
    runtimes = {recipe.runtime for recipe in recipes} | {parent.runtime}
    return [
        name
        for name, baseline in BASELINES.items()
        if name in chosen and baseline.is_installed and baseline.suits(parent, runtimes)
    ]


def _measured(
    row: Row, baseline: Baseline, subject: Subject, recipe: Recipe, folder: Path
) -> Infer:
    """Build one, and fill its row.

    Raises:
        RivalError: its tool cannot.
    """
    parent, row.size = subject.parent_of(recipe), subject.size_of(recipe)
    frames = parent.evaluator.load_frames(subject.materials.calibration_dir)
    calibration = Calibration(frames, parent.kind.sizes, parent.kind.main_size)
    artifact = _artifact_path(folder, row.name, baseline.runtime)
    floats = baseline.floats(parent, row.size)
    began = time.process_time()
    try:
        baseline.convert(floats, artifact, calibration)
    except Exception as error:  # its tool's own
        reason = str(error).partition("\n")[0]
        raise RivalError(f"{type(error).__name__}: {reason}") from error
    row.build_seconds = time.process_time() - began
    return _filled(row, artifact, baseline.runtime, parent, subject.frames(recipe))


def _artifact_path(folder: Path, label: str, runtime: str) -> Path:
    name = re.sub(r"[^a-z0-9]+", "-", label).strip("-")
    return folder / f"{name}.{runtime_facts(runtime).artifact}"


def _filled(row: Row, artifact: Path, runtime_name: str, parent: Parent, frames: FrameSet) -> Infer:
    runtime, size = find_runtime(runtime_name), row.size
    infer = runtime.open(artifact, parent.tensors)
    chunks = pack(runtime.take_apart(artifact)).chunks.values()
    row.size_bytes = sum(len(raw) for raw in chunks)
    row.wire_bytes = sum(len(compress(raw)) for raw in chunks)
    comparison = compare_with_parent(infer, frames, [size], parent)
    row.ap50 = comparison.table("measured")[size]
    row.ap50_interval = comparison.table("interval")[size]
    row.gain_interval = comparison.table("gain_interval")[size]
    row.class_map50 = comparison.table("class_map50")[size]
    row.headline_interval = comparison.headline_interval[size]
    row.memory_bytes = peak_memory_bytes(runtime_name, artifact, parent.tensors, size)
    return infer
