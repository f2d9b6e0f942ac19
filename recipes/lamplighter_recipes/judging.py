"""What a graph finds on labelled frames: accuracy per regime, thresholds, golden answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.task import decode
from numpy.typing import NDArray

from lamplighter_recipes.accuracy import Matches, ap50, best_threshold, interval, match
from lamplighter_recipes.card import AccuracyTable, GoldenAnswer, IntervalTable
from lamplighter_recipes.frames import FrameSet, read_rgb
from lamplighter_recipes.recipe import parse_size
from lamplighter_recipes.runtimes.onnx import infer

GOLDEN_SIZE = (384, 288)
# Between these scores the golden threshold is put where the gap between two boxes is widest, so
# that rounding elsewhere does not move a box across it.
GOLDEN_SCORES = (0.3, 0.5)


@dataclass(frozen=True)
class Judgement:
    """AP50 by size and regime with 95 % intervals; thresholds by regime ("" is all)."""

    expected_ap50: AccuracyTable
    ap50_interval: IntervalTable
    frames: int


def found_boxes(session: Any, image: NDArray[np.uint8], min_score: float = 0.05) -> NDArray:
    """Boxes [n, 6] in pixels of one picture [H, W, 3]."""
    height, width = image.shape[:2]
    scores, distances = infer(session, image[None])
    return decode(scores[0], distances[0], width, height, min_score)


def matches_by_regime(session: Any, frames: FrameSet, size: str) -> dict[str, list[Matches]]:
    """Detections against labels, per regime."""
    width, height = parse_size(size)
    result: dict[str, list[Matches]] = {regime: [] for regime in frames.regimes}
    for frame in frames:
        found = found_boxes(session, frame.rgb(width, height))
        result[frame.regime].append(match(found, frame.scaled_boxes(width, height)))
    return result


def judge(session: Any, frames: FrameSet, sizes: Iterable[str]) -> Judgement:
    """Accuracy at every size."""
    expected: AccuracyTable = {}
    intervals: IntervalTable = {}
    for size in sizes:
        by_regime = matches_by_regime(session, frames, size)
        expected[size] = {regime: round(ap50(m), 4) for regime, m in by_regime.items()}
        intervals[size] = {regime: interval(m) for regime, m in by_regime.items()}
    return Judgement(expected, intervals, len(frames))


def pooled_ap50(session: Any, frames: FrameSet, size: str) -> float:
    """Accuracy over all regimes at one size."""
    by_regime = matches_by_regime(session, frames, size)
    return ap50([m for group in by_regime.values() for m in group])


def choose_thresholds(session: Any, frames: FrameSet, size: str) -> dict[str, float]:
    """The score with the best F1 per regime, and over all under ""."""
    by_regime = matches_by_regime(session, frames, size)
    everything = [m for group in by_regime.values() for m in group]
    return {"": best_threshold(everything)} | {
        regime: best_threshold(group) for regime, group in by_regime.items()
    }


def golden_answers(session: Any, folder: Path) -> list[GoldenAnswer]:
    """What the graph answers to each golden picture."""
    width, height = GOLDEN_SIZE
    pictures = sorted(folder.glob("*.jpg"))
    found = [found_boxes(session, read_rgb(path, width, height)) for path in pictures]
    threshold = widest_gap([float(box[4]) for boxes in found for box in boxes])
    return [
        GoldenAnswer(
            image=path.name,
            width=width,
            height=height,
            boxes=[[round(float(v), 4) for v in box] for box in boxes[boxes[:, 4] >= threshold]],
        )
        for path, boxes in zip(pictures, found, strict=True)
    ]


def widest_gap(scores: list[float]) -> float:
    """The middle of the widest empty stretch of scores within GOLDEN_SCORES."""
    low, high = GOLDEN_SCORES
    edges = [low, *sorted(s for s in scores if low < s < high), high]
    widths = np.diff(edges)
    place = int(np.argmax(widths))
    return float(edges[place] + widths[place] / 2)
