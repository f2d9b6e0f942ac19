"""What a parent's float graph answers to labelled frames: run once, kept beside the graph."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.sizes import parse_size
from numpy.typing import NDArray

from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.evaluator import Evaluator, Infer, results_of
from lamplighter_recipes.tasks.frame_set import FrameSet

RESULTS_FORMAT = "2"  # part of the file's name: raise it when decoding or matching change
DIGEST_DIGITS = 12


def frame_results(evaluator: Evaluator, infer: Infer, frames: FrameSet, size: str) -> list[Any]:
    """Answers beside labels, frame by frame."""
    return results_of(evaluator, infer, frames, parse_size(size))


def parent_results(parent: Parent, frames: FrameSet, size: str) -> list[Any]:
    """The same of the parent's float graph; kept by weights, frames and size."""
    evaluator = parent.evaluator
    digest = frames.digest()[:DIGEST_DIGITS]
    path = parent.folder / f"matches-{digest}-{size}-{RESULTS_FORMAT}.npz"
    if not path.exists():
        infer = find_runtime(parent.runtime).open(parent.graph, parent.tensors)
        _write(path, evaluator.pack(frame_results(evaluator, infer, frames, size)))
    with np.load(path) as arrays:
        return evaluator.unpack(arrays)


def _write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, **dict[str, Any](arrays))
    write_atomically(path, [file.getvalue()])
