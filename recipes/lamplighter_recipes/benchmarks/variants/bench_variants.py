"""What each recipe costs and gives here, beside what other tools make, in one run.

Times are processor times, measured in turns, so that other programs change them little, and all
alike. Accuracy is agnostic AP50 on the held-out frames with 95 % bootstrap intervals, and beside
the float parent's on the same frames. Regime-calibrated siblings are compared with the universal
build in the same way.
"""

import json
import platform
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.rules.sizes import MAIN_SIZE
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import find_task, task_reading
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.benchmarks.extra_work import extra_work
from lamplighter_recipes.benchmarks.timing import times_ms
from lamplighter_recipes.benchmarks.variants.baselines import DEFAULTS
from lamplighter_recipes.benchmarks.variants.calibrations import calibration_gains
from lamplighter_recipes.benchmarks.variants.keeping import PICTURE, TABLE
from lamplighter_recipes.benchmarks.variants.measured_baselines import Timed, add_baselines
from lamplighter_recipes.benchmarks.variants.rows import Gain, Report, Row
from lamplighter_recipes.benchmarks.variants.subject import Subject
from lamplighter_recipes.building.build import Built, specialise, wants_ranges
from lamplighter_recipes.building.calibration import (
    cached_ranges,
    chosen_frames,
    ranges_key,
    shipped_path,
    write_ranges,
)
from lamplighter_recipes.building.evaluation import evaluate_variant
from lamplighter_recipes.recipe.model_families import facts_of_family
from lamplighter_recipes.recipe.runtime_facts import tool_versions
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.peak_memory import peak_memory_bytes
from lamplighter_recipes.runtimes.runtime import Images, Infer, find_runtime
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import KNOWN_FIGURES, Materials

ROUNDS = 60

Progress = Callable[[str], None]


def bench_variants(
    out_dir: Path,
    recipes: dict[str, Recipe],
    materials: Materials,
    rounds: int = ROUNDS,
    progress: Progress = lambda _text: None,
    baselines: Collection[str] = DEFAULTS,
    models: Sequence[Subject] = (),
) -> Report:
    """Build and measure recipes for detection, and those of users' own `models`, beside
    `baselines`; writes table, picture, and what is known ahead of the former.

    `variants.json` and `*.ranges.json` belong beside the weights: with them a plan knows the
    figures of what is not built, and a build needs no calibration.

    Raises:
        RecipesError: when a recipe, the weights or the frames cannot be used.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    city = Subject({n: r for n, r in recipes.items() if is_for_detection(r)}, materials)
    report = Report(MAIN_SIZE, _machine([city, *models]))
    artifacts, cards = _build_all(report, city, out_dir / "build", progress)
    progress("measure costs beside the probe's networks")
    infers = _opened(artifacts, cards)
    extra = extra_work(infers, cards, load_frames(materials.evaluation_dir), rounds)
    timed = _timed(city, infers)
    timed |= add_baselines(report, city, out_dir / "build", progress, baselines)
    for model in models:
        timed |= _add_model(report, model, out_dir / "build", progress, baselines)
    progress("measure latency")
    _time(report, timed, rounds)
    report.gains = _gains(city, artifacts, out_dir / "build", progress)
    measured = [msgspec.structs.replace(c, extra_work=extra[name]) for name, c in cards.items()]
    (out_dir / KNOWN_FIGURES).write_bytes(msgspec.json.format(msgspec.json.encode(measured)))
    _copy_ranges(city, out_dir)
    _write(report, out_dir)
    return report


def _opened(artifacts: dict[str, Path], cards: dict[str, VariantCard]) -> dict[str, Infer]:
    return {
        name: find_runtime(card.runtime).open(artifacts[name], _tensors(card))
        for name, card in cards.items()
    }


def _timed(subject: Subject, infers: dict[str, Infer]) -> dict[str, Timed]:
    return {
        name: (infer, subject.pictures(subject.recipes[name])) for name, infer in infers.items()
    }


def _add_model(
    report: Report,
    model: Subject,
    folder: Path,
    progress: Progress,
    baselines: Collection[str],
) -> dict[str, Timed]:
    """A user's own model: rows of its recipes, and of the baselines that suit it."""
    artifacts, cards = _build_all(report, model, folder, progress)
    infers = _opened(artifacts, cards)
    return _timed(model, infers) | add_baselines(report, model, folder, progress, baselines)


def _gains(
    city: Subject, artifacts: dict[str, Path], folder: Path, progress: Progress
) -> list[Gain]:
    gains = []
    for recipe in city.recipes.values():
        quantized = recipe.precision == "int8" and recipe.runtime == BASE_RUNTIME
        if quantized and not recipe.calibration and len(recipe.specialise) == 1:
            progress(f"try calibrations of {recipe.name}")
            gains += calibration_gains(recipe, city.materials, artifacts[recipe.name], folder)
    return gains


def is_for_detection(recipe: Recipe) -> bool:
    """Those of other tasks want other frames."""
    return facts_of_family(recipe.family).task == DETECTION.name


def _build_all(
    report: Report, subject: Subject, folder: Path, progress: Progress
) -> tuple[dict[str, Path], dict[str, VariantCard]]:
    """Artifacts and cards by the recipe's name; each adds a row to the report."""
    artifacts: dict[str, Path] = {}
    cards: dict[str, VariantCard] = {}
    for name, recipe in sorted(subject.recipes.items()):
        progress(f"build {name}")
        built, seconds = _build(recipe, subject, folder / name)
        artifacts[name] = built.artifact
        card = evaluate_variant(built.card, built.artifact, subject.materials)
        cards[name] = msgspec.structs.replace(card, golden=[], built=False)
        row = _row_of(name, card, subject.size_of(recipe))
        row.build_seconds = seconds
        row.memory_bytes = peak_memory_bytes(
            card.runtime, artifacts[name], _tensors(card), row.size
        )
        report.rows.append(row)
    return artifacts, cards


def _build(recipe: Recipe, subject: Subject, folder: Path) -> tuple[Built, float]:
    """Built as if its figures were known, and the processor seconds of that: of an adaptation."""
    materials, unknown = subject.materials, VariantCard(id="")
    subject.parent_of(recipe)
    specialise(recipe, materials, folder, known=unknown)  # fills the caches
    began = time.process_time()
    built = specialise(recipe, materials, folder, known=unknown)
    return built, time.process_time() - began


def _row_of(name: str, card: VariantCard, size: str) -> Row:
    return Row(
        name=name,
        kind="recipe",
        parent=card.parent,
        size=size,
        precision=card.precision,
        size_bytes=card.size_bytes,
        wire_bytes=card.wire_bytes,
        ap50=card.measured_ap50.get(size, {}),
        ap50_interval=card.ap50_interval.get(size, {}),
        gain_interval=card.gain_interval.get(size, {}),
        headline_interval=card.headline_interval.get(size, (0.0, 0.0)),
        class_map50=card.class_map50.get(size, {}),
    )


def _tensors(card: VariantCard) -> TensorNames:
    return task_reading(find_task(card.task), card.decoder).tensors


def _copy_ranges(city: Subject, out_dir: Path) -> None:
    """Universal ranges of each parent, for shipping beside its weights."""
    fitting = chosen_frames(load_frames(city.materials.calibration_dir), "")
    for recipes in city.by_parent.values():
        runtimes = sorted({recipe.runtime for recipe in recipes if wants_ranges(recipe)})
        if not runtimes:
            continue
        parent = city.parent_of(recipes[0])
        ranges = {
            ranges_key(parent.version, fitting, runtime): cached_ranges(
                parent, fitting, "", runtime
            )
            for runtime in runtimes
        }
        write_ranges(out_dir / shipped_path(parent).name, ranges)


def _time(report: Report, timed: dict[str, Timed], rounds: int) -> None:
    def run(infer: Infer, pictures: Sequence[Images], number: int) -> object:
        return infer(pictures[number % len(pictures)])

    times = times_ms({name: partial(run, *what) for name, what in timed.items()}, rounds)
    for row in report.rows:
        row.latency_p50_ms, row.latency_p95_ms = (
            float(np.percentile(times[row.name], q)) for q in (50, 95)
        )


def _machine(subjects: Sequence[Subject]) -> dict[str, str]:
    runtimes = {recipe.runtime for subject in subjects for recipe in subject.recipes.values()}
    tools = [tool_versions(runtime) for runtime in sorted(runtimes)]
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    return machine | {tool: version for table in tools for tool, version in table.items()}


def _write(report: Report, out_dir: Path) -> None:
    from lamplighter_recipes.benchmarks.variants.picture import draw
    from lamplighter_recipes.benchmarks.variants.report import markdown

    document: dict[str, Any] = msgspec.to_builtins(report)
    (out_dir / "variants-bench.json").write_text(json.dumps(document, indent=1))
    (out_dir / TABLE).write_text(markdown(report))
    draw(report, out_dir / PICTURE)
