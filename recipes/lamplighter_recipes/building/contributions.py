"""What each step of a hybrid recipe has done: the parent, and what every step made of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lamplighter_wire.artifacts.packing import smallest
from lamplighter_wire.blobs import compress, pack

from lamplighter_recipes.building.parent_results import frame_results
from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.building.trials import time_ratio
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.frame_set import FrameSet
from lamplighter_recipes.variants.figures import Contribution

PARENT = "parent"


class StepResult(NamedTuple):
    """What a step made, and in which time."""

    technique: str
    artifact: Path
    seconds: float


def contributions(
    parent: Parent, runtime: str, steps: Sequence[StepResult], frames: FrameSet, size: str
) -> list[Contribution]:
    """Figures after each step on labelled frames at a size; the first is the float parent's."""
    source = steps[0].artifact
    return [_contribution(parent, runtime, step, source, frames, size) for step in steps]


def _contribution(
    parent: Parent, runtime_name: str, step: StepResult, source: Path, frames: FrameSet, size: str
) -> Contribution:
    runtime, evaluator = find_runtime(runtime_name), parent.evaluator
    files = runtime.take_apart(step.artifact)
    plain, packed = pack(files), pack(files, encode=smallest)
    infer = runtime.open(step.artifact, parent.tensors)
    is_parent = step.artifact == source
    ratio = 1.0 if is_parent else time_ratio(parent, runtime_name, step.artifact, source)
    return Contribution(
        technique=step.technique,
        seconds=round(step.seconds, 3),
        size_bytes=sum(len(raw) for raw in plain.chunks.values()),
        wire_bytes=sum(len(compress(raw)) for raw in packed.chunks.values()),
        ap50=round(evaluator.quality(frame_results(evaluator, infer, frames, size)), 4),
        time_ratio=round(ratio, 3),
    )
