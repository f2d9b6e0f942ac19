"""From a prepared parent to a variant: compress, then measure what came out. Takes seconds."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec
from lamplighter_wire.blobs import artifact_sha256, compress, pack
from lamplighter_wire.rules.sizes import MAIN_SIZE, by_area

from lamplighter_recipes.building.calibration import (
    cached_ranges,
    chosen_frames,
    measure_ranges,
    pictures,
)
from lamplighter_recipes.building.evaluation import evaluate_variant
from lamplighter_recipes.building.golden import golden_answers
from lamplighter_recipes.building.parent_results import frame_matches, parent_matches
from lamplighter_recipes.building.parents import Parent, prepared
from lamplighter_recipes.errors import GateError
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.recipe.technique_registry import configure, facts_of
from lamplighter_recipes.runtimes.onnxruntime.external_tensors import take_apart
from lamplighter_recipes.runtimes.onnxruntime.memory import peak_memory_bytes
from lamplighter_recipes.runtimes.onnxruntime.quantization import Ranges
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.tasks.detection.average_precision import ap50
from lamplighter_recipes.tasks.detection.evaluation import Infer
from lamplighter_recipes.tasks.detection.frame_set import FrameSet, load_frames
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import (
    Materials,
    predicted_card,
    with_figures,
)

GATE_FRAMES = 24
# Below its parent on the same frames: eight bits cost a point or two, a mistake costs tens.
GATE_MARGIN = 0.05

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Built:
    """The graph and all that was measured of it."""

    graph: Path
    card: VariantCard


@dataclass(frozen=True)
class CompressionContext:
    """What techniques may ask for."""

    parent: Parent
    frames: FrameSet
    machine: str

    def ranges(self, model: Path, calibration: str) -> Ranges:
        """Activation ranges of the parent's float graph, kept; another graph's are measured."""
        if model != self.parent.graph:
            return measure_ranges(model, pictures(chosen_frames(self.frames, calibration)))
        return cached_ranges(self.parent, self.frames, calibration)


def specialise(
    recipe: Recipe,
    materials: Materials,
    out_dir: Path,
    *,
    machine: str = "",
    known: VariantCard | None = None,
    progress: Progress = lambda _share, _stage: None,
) -> Built:
    """Build one variant and measure it.

    With `known` (figures of this recipe and parent that were measured ahead) it keeps those and
    only passes the 24-frame gate; `evaluate_variant` may measure it anew afterwards.

    Raises:
        RecipeError: when recipe, weights or frames cannot be used.
        ExportError: when the parent cannot be exported.
        GateError: when it is less accurate than its float parent by more than the margin.
    """
    began = time.perf_counter()
    watch = _Watch(progress)
    machine = machine or platform.machine()
    watch.step(0.05, "prepare")
    parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir)
    frames = load_frames(materials.calibration_dir)
    watch.step(0.2, "compress")
    out_dir.mkdir(parents=True, exist_ok=True)
    graph = compress_parent(recipe, CompressionContext(parent, frames, machine), out_dir)
    card = _described(recipe, parent, machine, graph)
    watch.step(0.4, "memory")
    largest = by_area(recipe.sizes)[-1]
    card = msgspec.structs.replace(card, memory_bytes=peak_memory_bytes(graph, largest))
    infer = open_infer(graph)
    watch.step(0.5, "golden")
    card = msgspec.structs.replace(card, golden=golden_answers(infer, materials.golden_dir))
    watch.step(0.6, "gate")
    _pass_gate(infer, parent, load_frames(materials.evaluation_dir))
    watch.step(0.7, "evaluate")
    card = with_figures(card, known) if known else evaluate_variant(card, graph, materials)
    card = msgspec.structs.replace(
        card,
        built=True,
        build_seconds=round(time.perf_counter() - began, 3),
        seconds=watch.finished(),
    )
    return Built(graph, card)


def compress_parent(recipe: Recipe, context: CompressionContext, out_dir: Path) -> Path:
    """Run the recipe's `specialise` steps one after the other; returns the last graph."""
    graph = context.parent.graph
    for number, step in enumerate(recipe.specialise):
        technique, config = configure(step, "specialise")
        target = out_dir / f"{recipe.name}-{number}.onnx"
        technique.specialise(graph, target, config, context)
        graph = target
    return graph


def ranges_of(recipe: Recipe, context: CompressionContext) -> None:
    """Measure and keep the activation ranges the recipe will need, if it needs any."""
    if any(facts_of(step.technique).wants.calibration for step in recipe.specialise):
        context.ranges(context.parent.graph, recipe.calibration)


def _pass_gate(infer: Infer, parent: Parent, frames: FrameSet) -> None:
    gate = frames.spread(GATE_FRAMES)
    parent_ap50 = ap50(parent_matches(parent, gate, MAIN_SIZE))
    reached = ap50(frame_matches(infer, gate, MAIN_SIZE))
    if reached < parent_ap50 - GATE_MARGIN:
        raise GateError(
            f"AP50 {reached:.3f} on {len(gate)} frames, its float parent reaches {parent_ap50:.3f};"
            " calibrate with more frames or quantize less"
        )


def _described(recipe: Recipe, parent: Parent, machine: str, graph: Path) -> VariantCard:
    files = take_apart(graph)
    chunks = pack(files).chunks
    card = predicted_card(recipe, parent.version, parent.facts, machine)
    return msgspec.structs.replace(
        card,
        size_bytes=sum(len(raw) for raw in chunks.values()),
        wire_bytes=sum(len(compress(raw)) for raw in chunks.values()),
        artifact_sha256=artifact_sha256(files),
        provenance={
            "parent": f"{parent.name}@{parent.version}",
            "recipe": recipe.name,
            "onnxruntime": version("onnxruntime"),
            "built_on": platform.machine(),
        },
    )


class _Watch:
    """Reports progress and keeps the seconds of each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._seconds: dict[str, float] = {}
        self._stage, self._since = "", time.perf_counter()

    def step(self, share: float, stage: str) -> None:
        self._close()
        self._stage = stage
        self._progress(share, stage)

    def finished(self) -> dict[str, float]:
        self._close()
        self._progress(1.0, "done")
        return self._seconds

    def _close(self) -> None:
        now = time.perf_counter()
        if self._stage:
            self._seconds[self._stage] = round(now - self._since, 3)
        self._since = now
