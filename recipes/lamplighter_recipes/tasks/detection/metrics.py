"""Accuracy beyond the merged AP50: count errors, and AP per class."""

from collections.abc import Sequence

import numpy as np
from lamplighter_wire.tasks.detection import CLASSES

from lamplighter_recipes.tasks.detection.average_precision import Matches, ap50


def count_error(frames: list[Matches], thresholds: list[float]) -> float:
    """Mean absolute difference between counted and present objects per picture."""
    pairs = zip(frames, thresholds, strict=True)
    errors = [abs(int((f.scores >= limit).sum()) - f.truths) for f, limit in pairs]
    return float(np.mean(errors)) if errors else float("nan")


def class_ap50(frames: Sequence[Matches]) -> dict[str, float]:
    """AP50 of each class that occurs, of frames that were matched by `match_classes`."""
    by_class = {name: [frame.by_class[k] for frame in frames] for k, name in enumerate(CLASSES)}
    return {
        name: ap50(matches)
        for name, matches in by_class.items()
        if any(one.truths for one in matches)
    }


def class_map50(frames: Sequence[Matches]) -> float:
    """Mean AP50 over the classes that occur, 0 where none does: a box of the wrong class misses."""
    return float(np.mean(list(class_ap50(frames).values()) or [0.0]))
