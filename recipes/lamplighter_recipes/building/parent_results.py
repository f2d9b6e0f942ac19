"""What a parent's float graph finds on labelled frames: run once, kept beside the graph."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.files import write_atomically
from lamplighter_wire.tasks.detection import decode
from numpy.typing import NDArray

from lamplighter_recipes.building.labelled_frames import FrameSet
from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.recipe.schema import parse_size
from lamplighter_recipes.runtimes.onnxruntime.session import infer, load
from lamplighter_recipes.tasks.detection.average_precision import Matches, match

MATCHES_FORMAT = "1"  # part of the file's name: raise it when decoding or matching change
DIGEST_DIGITS = 12
MIN_SCORE = 0.05


def found_boxes(session: Any, image: NDArray[np.uint8]) -> NDArray:
    """Boxes [n, 6] in pixels of one picture [H, W, 3]."""
    height, width = image.shape[:2]
    scores, distances = infer(session, image[None])
    return decode(scores[0], distances[0], width, height, MIN_SCORE)


def frame_matches(session: Any, frames: FrameSet, size: str) -> list[Matches]:
    """Detections against labels, frame by frame."""
    width, height = parse_size(size)
    return [
        match(found_boxes(session, frame.rgb(width, height)), frame.scaled_boxes(width, height))
        for frame in frames
    ]


def parent_matches(parent: Parent, frames: FrameSet, size: str) -> list[Matches]:
    """The same of the parent's float graph; kept by weights, frames and size."""
    digest = frames.digest()[:DIGEST_DIGITS]
    path = parent.folder / f"matches-{digest}-{size}-{MATCHES_FORMAT}.npz"
    if not path.exists():
        _keep(path, frame_matches(load(parent.graph), frames, size))
    return _kept(path)


def _keep(path: Path, matches: list[Matches]) -> None:
    file = io.BytesIO()
    np.savez_compressed(
        file,
        scores=np.concatenate([m.scores for m in matches]),
        hits=np.concatenate([m.hits for m in matches]),
        lengths=[len(m.scores) for m in matches],
        truths=[m.truths for m in matches],
    )
    write_atomically(path, [file.getvalue()])


def _kept(path: Path) -> list[Matches]:
    with np.load(path) as table:
        ends = np.cumsum(table["lengths"])[:-1]
        rows = zip(
            np.split(table["scores"], ends),
            np.split(table["hits"], ends),
            table["truths"].tolist(),
            strict=True,
        )
        return [Matches(scores, hits, truths) for scores, hits, truths in rows]
