"""Golden answers: what a variant finds on test pictures, for the device to reproduce."""

from pathlib import Path

import numpy as np

from lamplighter_recipes.tasks.detection.evaluation import Infer, detect
from lamplighter_recipes.tasks.detection.frame_set import read_resized
from lamplighter_recipes.variants.figures import GoldenAnswer

GOLDEN_SIZE = (384, 288)
# Between these scores the golden threshold is put where the gap between two boxes is widest, so
# that rounding elsewhere does not move a box across it.
GOLDEN_SCORES = (0.3, 0.5)


def golden_answers(infer: Infer, folder: Path) -> list[GoldenAnswer]:
    """What the graph answers to each golden picture."""
    width, height = GOLDEN_SIZE
    pictures = sorted(folder.glob("*.jpg"))
    predictions = [detect(infer, read_resized(path, width, height)) for path in pictures]
    threshold = widest_gap([float(box[4]) for boxes in predictions for box in boxes])
    return [
        GoldenAnswer(
            image=path.name,
            width=width,
            height=height,
            boxes=[[round(float(v), 4) for v in box] for box in boxes[boxes[:, 4] >= threshold]],
        )
        for path, boxes in zip(pictures, predictions, strict=True)
    ]


def widest_gap(scores: list[float]) -> float:
    """The middle of the widest empty stretch of scores within GOLDEN_SCORES."""
    low, high = GOLDEN_SCORES
    edges = [low, *sorted(s for s in scores if low < s < high), high]
    widths = np.diff(edges)
    place = int(np.argmax(widths))
    return float(edges[place] + widths[place] / 2)
