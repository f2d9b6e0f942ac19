"""How a network that a technique tries does beside another: answers and time."""

import time
from pathlib import Path

import numpy as np
from lamplighter_wire.rules.regimes import ANY
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.task import Answer, Outputs

from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.runtimes.runtime import Images, Infer, find_runtime
from lamplighter_recipes.tasks.frame_set import FrameSet, bilinear

WARM_UP_RUNS = 2
TURNS = 15
USUAL_PERCENTILE = 25  # of the times: other load only ever adds to one


def likeness(
    parent: Parent, runtime: str, model: Path, reference: Path, frames: FrameSet
) -> tuple[float, float]:
    """Mean agreement of the answers to frames at the family's main size, and the relative error of
    the outputs."""
    size = parent.kind.main_size
    ours, theirs = (_outputs(parent, runtime, path, size, frames) for path in (model, reference))
    pairs = list(zip(ours, theirs, strict=True))
    task = parent.evaluator.task
    agreements = [task.agreement(_answer(parent, a), _answer(parent, b)) for a, b in pairs]
    return float(np.mean(agreements)), float(np.mean([_relative_error(a, b) for a, b in pairs]))


def time_ratio(parent: Parent, runtime: str, model: Path, other: Path) -> float:
    """Processor time of one network over that of another, in turns on one thread."""
    opened = [find_runtime(runtime).open(path, parent.tensors) for path in (model, other)]
    width, height = parse_size(parent.kind.main_size)
    picture = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), dtype=np.uint8)
    times: list[list[float]] = [[], []]
    for turn in range(TURNS + WARM_UP_RUNS):
        for infer, values in zip(opened, times, strict=True):
            began = time.process_time()
            infer(picture)
            if turn >= WARM_UP_RUNS:
                values.append(time.process_time() - began)
    ours, theirs = (float(np.percentile(values, USUAL_PERCENTILE)) for values in times)
    return ours / theirs


def _outputs(
    parent: Parent, runtime: str, path: Path, size: str, frames: FrameSet
) -> list[Outputs]:
    infer = find_runtime(runtime).open(path, parent.tensors)
    return [_single(infer, bilinear(frame, *parse_size(size))[None]) for frame in frames]


def _single(infer: Infer, picture: Images) -> Outputs:
    """The outputs of one picture, without the batch's axis."""
    return {name: values[0] for name, values in infer(picture).items()}


def _answer(parent: Parent, outputs: Outputs) -> Answer:
    task, (width, height) = parent.evaluator.task, parse_size(parent.kind.main_size)
    return task.decode(outputs, width, height, {ANY: task.default_threshold})


def _relative_error(ours: Outputs, theirs: Outputs) -> float:
    differences = [np.square(ours[n] - theirs[n], dtype=np.float64).sum() for n in theirs]
    sizes = [np.square(theirs[n], dtype=np.float64).sum() for n in theirs]
    return float(np.sqrt(np.sum(differences) / max(float(np.sum(sizes)), 1e-12)))
