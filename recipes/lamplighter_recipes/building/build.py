"""From a prepared parent to a variant: compress, then measure what came out. Takes seconds."""

import json
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from lamplighter_wire.artifacts.packing import smallest
from lamplighter_wire.blobs import Packed, artifact_sha256, compress, pack
from lamplighter_wire.rules.sizes import by_area
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.building.calibration import (
    cached_ranges,
    chosen_frames,
    content_digest,
    pictures_for,
    ranges_of_artifact,
)
from lamplighter_recipes.building.contributions import PARENT, StepResult, contributions
from lamplighter_recipes.building.evaluation import evaluate_variant
from lamplighter_recipes.building.float_artifacts import float_artifact
from lamplighter_recipes.building.golden import golden_answers
from lamplighter_recipes.building.kept_artifacts import kept_artifact
from lamplighter_recipes.building.kept_choices import choice_key, kept_choice, processor
from lamplighter_recipes.building.parent_results import frame_results, parent_results
from lamplighter_recipes.building.parents import Parent, main_size, prepared
from lamplighter_recipes.building.trials import likeness, time_ratio
from lamplighter_recipes.errors import GateError
from lamplighter_recipes.recipe.runtime_facts import runtime_facts, tool_versions
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.recipe.technique_registry import configure, facts_of
from lamplighter_recipes.runtimes.calibration_rule import USUAL, Method
from lamplighter_recipes.runtimes.peak_memory import peak_memory_bytes
from lamplighter_recipes.runtimes.runtime import Images, Ranges, find_runtime
from lamplighter_recipes.tasks.evaluator import Infer
from lamplighter_recipes.tasks.frame_set import FrameSet
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
    """What a device opens, all that was measured of it, and how it travels.

    Attributes:
        plain: its chunks as every agent reads them.
        packed: those of agents that can expand packed parts; where nothing is packed, the same.
    """

    artifact: Path
    card: VariantCard
    plain: Packed
    packed: Packed


@dataclass(frozen=True)
class CompressionContext:
    """What techniques may ask for.

    `artifact`: the parent in floating point, for the runtime, at these `sizes`.
    """

    parent: Parent
    artifact: Path
    frames: FrameSet
    machine: str
    runtime: str
    sizes: Sequence[str]

    def calibration_pictures(self, calibration: str) -> Iterator[Images]:
        """The frames that ranges are measured on, at the family's sizes; of artifacts with files
        for each size, at the recipe's."""
        fitting = chosen_frames(self.frames, calibration)
        return pictures_for(self.parent, self.artifact, fitting, self.sizes)

    def ranges(self, model: Path, calibration: str, method: Method = USUAL) -> Ranges:
        """Activation ranges, kept, of the parent in floating point or of what a step made of it."""
        if model == self.artifact:
            return cached_ranges(self.parent, self.frames, calibration, self.runtime, method)
        return ranges_of_artifact(
            self.parent, model, self.frames, calibration, self.runtime, method, self.sizes
        )

    @property
    def tensors(self) -> TensorNames:
        """What the parent's graph calls its input and outputs."""
        return self.parent.tensors

    def likeness(self, model: Path, reference: Path, frames: int) -> tuple[float, float]:
        """Agreement of the answers to so many frames, and relative error of the outputs."""
        return likeness(self.parent, self.runtime, model, reference, self.frames.spread(frames))

    def time_ratio(self, model: Path, other: Path) -> float:
        """Processor time of one network over that of another, measured in turns."""
        return time_ratio(self.parent, self.runtime, model, other)

    def kept_artifact(
        self, source: Path, target: Path, calibration: str, make: Callable[[Path], None]
    ) -> None:
        """Put into the folder `target` what `make` writes of `source` with a calibration's
        pictures: made once for these pictures and tools, and copied from then on."""
        fitting = chosen_frames(self.frames, calibration)
        made_by = json.dumps(tool_versions(self.runtime), sort_keys=True)
        shown = " ".join([*self.parent.kind.sizes, self.parent.kind.main_size])
        key = choice_key(content_digest(source), fitting.digest(), shown, made_by)
        kept_artifact(self.parent.folder, key, target, make)

    def kept_choice(
        self, source: Path, settings: str, choose: Callable[[], list[str]]
    ) -> list[str]:
        """What was chosen for this artifact under these settings on this processor, chosen first
        where it was not."""
        made_by = json.dumps(tool_versions(self.runtime), sort_keys=True)
        digest = self.frames.digest()
        key = choice_key(content_digest(source), digest, made_by, settings, processor())
        return kept_choice(self.parent.folder, key, choose)


def compression_context(recipe: Recipe, materials: Materials, machine: str) -> CompressionContext:
    """What the techniques of a recipe may ask for; prepares the parent where it is not yet.

    Raises:
        RecipeError: when weights, frames or the runtime's tools cannot be used.
        ExportError: when the parent cannot be exported.
    """
    parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir, recipe.family)
    artifact = float_artifact(parent, recipe.runtime, recipe.sizes)
    frames = parent.evaluator.load_frames(materials.calibration_dir)
    return CompressionContext(parent, artifact, frames, machine, recipe.runtime, recipe.sizes)


def specialise(
    recipe: Recipe,
    materials: Materials,
    out_dir: Path,
    *,
    machine: str = "",
    known: VariantCard | None = None,
    each_step: bool = False,
    progress: Progress = lambda _share, _stage: None,
) -> Built:
    """Build one variant and measure it.

    With `known` (figures of this recipe and parent that were measured ahead) it keeps those and
    only passes the 24-frame gate; `evaluate_variant` may measure it anew afterwards. With
    `each_step` the card tells what each step has contributed.

    Raises:
        RecipeError: when recipe, weights or frames cannot be used.
        ExportError: when the parent cannot be exported.
        GateError: when it is less accurate than its float parent by more than the margin.
    """
    began = time.perf_counter()
    watch = _Watch(progress)
    machine = machine or platform.machine()
    watch.step(0.05, "prepare")
    context, runtime = compression_context(recipe, materials, machine), find_runtime(recipe.runtime)
    watch.step(0.2, "compress")
    out_dir.mkdir(parents=True, exist_ok=True)
    steps = carry_out(recipe, context, out_dir)
    artifact = steps[-1].artifact
    files = runtime.take_apart(artifact)
    plain, packed = pack(files), pack(files, encode=smallest)
    card = _described(recipe, context, artifact_sha256(files), plain, packed)
    watch.step(0.4, "open")
    parent, size = context.parent, main_size(context.parent.kind, recipe.sizes)
    largest = by_area(recipe.sizes)[-1]
    with ThreadPoolExecutor(1) as beside:  # another process measures, and answers come meanwhile
        # Of an export it would not be the process that will serve it.
        measured = not runtime_facts(recipe.runtime).export_only
        measure = partial(peak_memory_bytes, recipe.runtime, artifact, parent.tensors, largest)
        peak_bytes = beside.submit(measure if measured else int)
        infer = runtime.open(artifact, parent.tensors)
        watch.step(0.5, "golden")
        golden = golden_answers(parent.evaluator, infer, materials.golden_dir, size)
        watch.step(0.6, "gate")
        frames = parent.evaluator.load_frames(materials.evaluation_dir)
        _pass_gate(infer, parent, frames, size)
        watch.step(0.62, "memory")
        card = msgspec.structs.replace(card, golden=golden, memory_bytes=peak_bytes.result())
    if each_step:
        watch.step(0.65, "contributions")
        gate = frames.spread(GATE_FRAMES)
        told = contributions(parent, recipe.runtime, steps, gate, size)
        card = msgspec.structs.replace(card, contributions=told)
    watch.step(0.7, "evaluate")
    card = with_figures(card, known) if known else evaluate_variant(card, artifact, materials)
    card = msgspec.structs.replace(
        card,
        built=True,
        build_seconds=round(time.perf_counter() - began, 3),
        seconds=watch.finished(),
    )
    return Built(artifact, card, plain, packed)


def compress_parent(recipe: Recipe, context: CompressionContext, out_dir: Path) -> Path:
    """Run the recipe's `specialise` steps one after the other; returns the last artifact."""
    return carry_out(recipe, context, out_dir)[-1].artifact


def carry_out(recipe: Recipe, context: CompressionContext, out_dir: Path) -> list[StepResult]:
    """The float parent, and what each of the recipe's `specialise` steps made of the one before."""
    results = [StepResult(PARENT, context.artifact, 0.0)]
    for number, step in enumerate(recipe.specialise):
        technique, config = configure(step, "specialise")
        target = out_dir / f"{recipe.name}-{number}.{technique.facts.gives}"
        began = time.perf_counter()
        shutil.rmtree(target, ignore_errors=True)  # of an earlier build, at other sizes perhaps
        technique.specialise(results[-1].artifact, target, config, context)
        results.append(StepResult(step.technique, target, time.perf_counter() - began))
    return results


def wants_ranges(recipe: Recipe) -> bool:
    """Whether one of its steps takes activation ranges that are measured once and kept."""
    return any(facts_of(step.technique).wants.calibration for step in recipe.specialise)


def make_ahead(recipe: Recipe, context: CompressionContext) -> None:
    """Measure and keep the activation ranges the recipe's first step will need, if it needs any;
    or make its result, if that is kept."""
    for step in recipe.specialise[:1]:  # a later step measures what the one before it made
        wants = facts_of(step.technique).wants
        if wants.calibration:
            method = step.params.get("method", USUAL)
            context.ranges(context.artifact, recipe.calibration, method)
        elif wants.time_ahead:
            technique, config = configure(step, "specialise")
            with tempfile.TemporaryDirectory() as folder:
                technique.specialise(context.artifact, Path(folder) / "ahead", config, context)


def _pass_gate(infer: Infer, parent: Parent, frames: FrameSet, size: str) -> None:
    gate, evaluator = frames.spread(GATE_FRAMES), parent.evaluator
    expected = evaluator.quality(parent_results(parent, gate, size))
    reached = evaluator.quality(frame_results(evaluator, infer, gate, size))
    if reached < expected - GATE_MARGIN:
        raise GateError(
            f"{evaluator.task.metric} {reached:.3f} on {len(gate)} frames, its float parent reaches"
            f" {expected:.3f}; calibrate with more frames or quantize less"
        )


def _described(
    recipe: Recipe, context: CompressionContext, sha256: str, plain: Packed, packed: Packed
) -> VariantCard:
    parent = context.parent
    card = predicted_card(recipe, parent.version, parent.facts, context.machine)
    return msgspec.structs.replace(
        card,
        size_bytes=sum(len(raw) for raw in plain.chunks.values()),
        wire_bytes=sum(len(compress(raw)) for raw in packed.chunks.values()),
        artifact_sha256=sha256,
        provenance={
            "parent": f"{parent.name}@{parent.version}",
            "recipe": recipe.name,
            **tool_versions(recipe.runtime),
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
