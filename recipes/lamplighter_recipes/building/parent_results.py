"""What a parent's float graph finds on labelled frames: run once, kept beside the graph."""

import io
from pathlib import Path

import numpy as np
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.detection import TENSORS

from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.recipe.runtime_facts import REFERENCE_RUNTIME
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.average_precision import Matches
from lamplighter_recipes.tasks.detection.evaluation import Infer, match_frames, predict
from lamplighter_recipes.tasks.detection.frame_set import FrameSet, bilinear

MATCHES_FORMAT = "1"  # part of the file's name: raise it when decoding or matching change
DIGEST_DIGITS = 12


def frame_matches(infer: Infer, frames: FrameSet, size: str) -> list[Matches]:
    """Detections against labels, frame by frame."""
    return match_frames(predict(infer, frames, parse_size(size), bilinear), frames)


def parent_matches(parent: Parent, frames: FrameSet, size: str) -> list[Matches]:
    """The same of the parent's float graph; kept by weights, frames and size."""
    digest = frames.digest()[:DIGEST_DIGITS]
    path = parent.folder / f"matches-{digest}-{size}-{MATCHES_FORMAT}.npz"
    if not path.exists():
        infer = find_runtime(REFERENCE_RUNTIME).open(parent.graph, TENSORS)
        _write(path, frame_matches(infer, frames, size))
    return _read(path)


def _write(path: Path, matches: list[Matches]) -> None:
    file = io.BytesIO()
    np.savez_compressed(
        file,
        scores=np.concatenate([m.scores for m in matches]),
        hits=np.concatenate([m.hits for m in matches]),
        lengths=[len(m.scores) for m in matches],
        truths=[m.truths for m in matches],
    )
    write_atomically(path, [file.getvalue()])


def _read(path: Path) -> list[Matches]:
    with np.load(path) as table:
        ends = np.cumsum(table["lengths"])[:-1]
        rows = zip(
            np.split(table["scores"], ends),
            np.split(table["hits"], ends),
            table["truths"].tolist(),
            strict=True,
        )
        return [Matches(scores, hits, truths) for scores, hits, truths in rows]
