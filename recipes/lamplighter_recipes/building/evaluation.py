"""What a graph finds on labelled frames: accuracy per regime, thresholds, golden answers.

A variant's accuracy is judged beside its parent's float graph, on the same frames. Where the paired
95 % interval of the difference holds 0, the variant is expected to do as its parent does: a plan
that compares both must not pick one for what a few frames made of chance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamplighter_recipes.building.labelled_frames import FrameSet, read_rgb
from lamplighter_recipes.building.parent_results import found_boxes, frame_matches, parent_matches
from lamplighter_recipes.building.parents import Parent
from lamplighter_recipes.tasks.detection.average_precision import (
    Matches,
    ap50,
    best_threshold,
    holds_zero,
    interval,
    paired_gain,
)
from lamplighter_recipes.variants.figures import GoldenAnswer

GOLDEN_SIZE = (384, 288)
# Between these scores the golden threshold is put where the gap between two boxes is widest, so
# that rounding elsewhere does not move a box across it.
GOLDEN_SCORES = (0.3, 0.5)


@dataclass(frozen=True)
class Figure:
    """AP50 at one size in one regime.

    Attributes:
        expected: what to plan with: the parent's where the difference is inside the noise.
        measured: its own, with `interval` (95 %).
        gain_interval: of its own minus the parent's, paired (95 %).
    """

    expected: float
    measured: float
    interval: tuple[float, float]
    gain_interval: tuple[float, float]


Judgement = dict[str, dict[str, Figure]]  # size -> regime


def compared(own: list[Matches], parents: list[Matches]) -> Figure:
    """The figure of one graph beside its parent's on the same frames."""
    measured = round(ap50(own), 4)
    _, low, high = paired_gain(own, parents)
    gain = round(low, 4), round(high, 4)
    expected = round(ap50(parents), 4) if holds_zero(gain) else measured
    low, high = interval(own)
    return Figure(expected, measured, (round(low, 4), round(high, 4)), gain)


def by_regime(matches: list[Matches], frames: FrameSet) -> dict[str, list[Matches]]:
    """Matches of all frames, in their order, parted by regime."""
    result: dict[str, list[Matches]] = {regime: [] for regime in frames.regimes}
    for frame, found in zip(frames, matches, strict=True):
        result[frame.regime].append(found)
    return result


def judge(session: Any, frames: FrameSet, sizes: Iterable[str], parent: Parent) -> Judgement:
    """Accuracy at every size, beside the parent's."""
    judgement: Judgement = {}
    for size in sizes:
        own = by_regime(frame_matches(session, frames, size), frames)
        theirs = by_regime(parent_matches(parent, frames, size), frames)
        judgement[size] = {regime: compared(own[regime], theirs[regime]) for regime in own}
    return judgement


def table_of(judgement: Judgement, name: str) -> dict[str, dict[str, Any]]:
    """One field of all figures: size -> regime -> value."""
    return {
        size: {regime: getattr(figure, name) for regime, figure in row.items()}
        for size, row in judgement.items()
    }


def choose_thresholds(session: Any, frames: FrameSet, size: str) -> dict[str, float]:
    """The score with the best F1 per regime, and over all under ""."""
    everything = frame_matches(session, frames, size)
    return {"": best_threshold(everything)} | {
        regime: best_threshold(group) for regime, group in by_regime(everything, frames).items()
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
