"""What each recipe costs and gives here, beside what other tools make, in one run.

Latency is measured interleaved, so that other load falls on all alike. Accuracy is agnostic AP50
on the held-out frames with 95 % bootstrap intervals, and beside the float parent's on the same
frames. Regime-calibrated siblings are compared with the universal build in the same way.
"""

import json
import platform
import re
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from lamplighter_wire.blobs import compress, pack
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.rules.sizes import MAIN_SIZE, parse_size
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import task_reading
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.benchmarks.extra_work import extra_work
from lamplighter_recipes.benchmarks.timing import times_ms
from lamplighter_recipes.benchmarks.variants.baselines import BASELINES, DEFAULTS
from lamplighter_recipes.benchmarks.variants.calibrations import calibration_gains
from lamplighter_recipes.benchmarks.variants.keeping import PICTURE, TABLE
from lamplighter_recipes.benchmarks.variants.rows import Report, Row
from lamplighter_recipes.building.build import specialise, wants_ranges
from lamplighter_recipes.building.calibration import (
    cached_ranges,
    chosen_frames,
    ranges_key,
    shipped_path,
    write_ranges,
)
from lamplighter_recipes.building.comparison import compare_with_parent
from lamplighter_recipes.building.evaluation import evaluate_variant
from lamplighter_recipes.building.float_artifacts import float_artifact
from lamplighter_recipes.building.parents import Parent, prepared
from lamplighter_recipes.recipe.model_families import facts_of_family
from lamplighter_recipes.recipe.runtime_facts import is_installed, runtime_facts, tool_versions
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.peak_memory import peak_memory_bytes
from lamplighter_recipes.runtimes.runtime import Infer, find_runtime
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import FrameSet, bilinear
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import KNOWN_FIGURES, Materials

ROUNDS = 60
SPEED_FRAMES = 12

Progress = Callable[[str], None]


def bench_variants(
    out_dir: Path,
    recipes: dict[str, Recipe],
    materials: Materials,
    rounds: int = ROUNDS,
    progress: Progress = lambda _text: None,
    baselines: Collection[str] = DEFAULTS,
) -> Report:
    """Build and measure recipes for detection beside `baselines`; writes table, picture, and what
    is known ahead.

    `variants.json` and `*.ranges.json` belong beside the weights: with them a plan knows the
    figures of what is not built, and a build needs no calibration.

    Raises:
        RecipesError: when a recipe, the weights or the frames cannot be used.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    recipes = {name: recipe for name, recipe in recipes.items() if is_for_detection(recipe)}
    frames = load_frames(materials.evaluation_dir)
    report = Report(MAIN_SIZE, _machine(recipes))
    artifacts, cards = _build_all(report, recipes, materials, out_dir / "build", progress)
    progress("measure costs beside the probe's networks")
    infers = {
        name: find_runtime(card.runtime).open(artifacts[name], _tensors(card))
        for name, card in cards.items()
    }
    extra = extra_work(infers, cards, frames, rounds)
    infers |= _add_baselines(report, recipes, materials, out_dir / "build", progress, baselines)
    progress("measure latency")
    _time(report, infers, frames, rounds)
    progress("measure memory")
    _weigh(report, artifacts, cards)
    for recipe in recipes.values():
        quantized = recipe.precision == "int8" and recipe.runtime == BASE_RUNTIME
        if quantized and not recipe.calibration and len(recipe.specialise) == 1:
            progress(f"try calibrations of {recipe.name}")
            report.gains += calibration_gains(
                recipe, materials, artifacts[recipe.name], out_dir / "build"
            )
    measured = [msgspec.structs.replace(c, extra_work=extra[name]) for name, c in cards.items()]
    (out_dir / KNOWN_FIGURES).write_bytes(msgspec.json.format(msgspec.json.encode(measured)))
    _copy_ranges(recipes, materials, out_dir)
    _write(report, out_dir)
    return report


def is_for_detection(recipe: Recipe) -> bool:
    """Those of other tasks want other frames."""
    return facts_of_family(recipe.family).task == DETECTION.name


def _build_all(
    report: Report,
    recipes: dict[str, Recipe],
    materials: Materials,
    folder: Path,
    progress: Progress,
) -> tuple[dict[str, Path], dict[str, VariantCard]]:
    """Artifacts and cards by the recipe's name; each adds a row to the report."""
    artifacts: dict[str, Path] = {}
    cards: dict[str, VariantCard] = {}
    for name, recipe in sorted(recipes.items()):
        progress(f"build {name}")
        card, artifacts[name] = _build(recipe, materials, folder / name)
        cards[name] = msgspec.structs.replace(card, golden=[], built=False)
        report.rows.append(_row_of(name, card))
    return artifacts, cards


def _build(recipe: Recipe, materials: Materials, folder: Path) -> tuple[VariantCard, Path]:
    """Built as if its figures were known, so that the seconds are those of an adaptation."""
    prepared(recipe.parent, materials.weights_dir, materials.cache_dir, recipe.family)
    specialise(recipe, materials, folder, known=VariantCard(id=""))  # fills the caches
    built = specialise(recipe, materials, folder, known=VariantCard(id=""))
    return evaluate_variant(built.card, built.artifact, materials), built.artifact


def _row_of(name: str, card: VariantCard) -> Row:
    return Row(
        name=name,
        kind="recipe",
        parent=card.parent,
        precision=card.precision,
        size_bytes=card.size_bytes,
        wire_bytes=card.wire_bytes,
        build_seconds=card.build_seconds,
        ap50=card.measured_ap50.get(MAIN_SIZE, {}),
        ap50_interval=card.ap50_interval.get(MAIN_SIZE, {}),
        gain_interval=card.gain_interval.get(MAIN_SIZE, {}),
        headline_interval=card.headline_interval.get(MAIN_SIZE, (0.0, 0.0)),
        class_map50=card.class_map50.get(MAIN_SIZE, {}),
    )


def _add_baselines(
    report: Report,
    recipes: dict[str, Recipe],
    materials: Materials,
    folder: Path,
    progress: Progress,
    baselines: Collection[str],
) -> dict[str, Infer]:
    """The baselines, opened, by their names in the report."""
    infers: dict[str, Infer] = {}
    calibration = load_frames(materials.calibration_dir)
    frames = load_frames(materials.evaluation_dir)
    for used, family in sorted({(r.parent, r.family) for r in recipes.values()}):
        parent = prepared(used, materials.weights_dir, materials.cache_dir, family)
        runtimes = {BASE_RUNTIME} | {r.runtime for r in recipes.values() if r.parent == used}
        for name, (runtime, convert, source) in BASELINES.items():
            if name not in baselines or not is_installed(runtime) or source not in runtimes:
                continue  # to export a parent only for a rival would take long
            label = f"{name} ({used})"
            progress(f"build {label}")
            artifact = _baseline_path(folder, label, runtime)
            floats = float_artifact(parent, source, [report.size])
            began = time.perf_counter()
            convert(floats, artifact, calibration)
            seconds = time.perf_counter() - began
            row = Row(
                name=label, kind="baseline", parent=used, precision=name, build_seconds=seconds
            )
            infers[label] = _measure_baseline(row, artifact, runtime, parent, frames, report.size)
            report.rows.append(row)
    return infers


def _baseline_path(folder: Path, label: str, runtime: str) -> Path:
    name = re.sub(r"[^a-z0-9]+", "-", label).strip("-")
    return folder / f"{name}.{runtime_facts(runtime).artifact}"


def _measure_baseline(
    row: Row, artifact: Path, runtime_name: str, parent: Parent, frames: FrameSet, size: str
) -> Infer:
    runtime = find_runtime(runtime_name)
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


def _weigh(report: Report, artifacts: dict[str, Path], cards: dict[str, VariantCard]) -> None:
    for row in report.rows:
        if row.name in cards:
            card, artifact = cards[row.name], artifacts[row.name]
            row.memory_bytes = peak_memory_bytes(
                card.runtime, artifact, _tensors(card), report.size
            )


def _tensors(card: VariantCard) -> TensorNames:
    return task_reading(DETECTION, card.decoder).tensors


def _copy_ranges(recipes: dict[str, Recipe], materials: Materials, out_dir: Path) -> None:
    """Universal ranges of each parent, for shipping beside its weights."""
    frames = load_frames(materials.calibration_dir)
    used: dict[str, set[str]] = {}
    for recipe in (r for r in recipes.values() if wants_ranges(r)):
        used.setdefault(recipe.parent, set()).add(recipe.runtime)
    for name, runtimes in used.items():
        parent = prepared(name, materials.weights_dir, materials.cache_dir)
        fitting = chosen_frames(frames, "")
        ranges = {
            ranges_key(parent.version, fitting, runtime): cached_ranges(parent, frames, "", runtime)
            for runtime in sorted(runtimes)
        }
        write_ranges(out_dir / shipped_path(parent).name, ranges)


def _time(report: Report, infers: dict[str, Infer], frames: FrameSet, rounds: int) -> None:
    width, height = parse_size(report.size)
    images = np.stack([bilinear(frame, width, height) for frame in frames.spread(SPEED_FRAMES)])

    def run(infer: Infer, number: int) -> object:
        return infer(images[number % len(images)][None])

    times = times_ms({name: partial(run, infer) for name, infer in infers.items()}, rounds)
    for row in report.rows:
        row.latency_p50_ms, row.latency_p95_ms = (
            float(np.percentile(times[row.name], q)) for q in (50, 95)
        )


def _machine(recipes: dict[str, Recipe]) -> dict[str, str]:
    tools = [tool_versions(recipe.runtime) for recipe in recipes.values()]
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    return machine | {tool: version for table in tools for tool, version in table.items()}


def _write(report: Report, out_dir: Path) -> None:
    from lamplighter_recipes.benchmarks.variants.picture import draw
    from lamplighter_recipes.benchmarks.variants.report import markdown

    document: dict[str, Any] = msgspec.to_builtins(report)
    (out_dir / "variants-bench.json").write_text(json.dumps(document, indent=1))
    (out_dir / TABLE).write_text(markdown(report))
    draw(report, out_dir / PICTURE)
