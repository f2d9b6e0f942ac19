"""How much of a camera's picture its lines need: what a region of interest could spare at most.

A rectangle must hold whoever crosses a line, for as long as it takes to follow and to confirm it. A
network that saw the rectangle alone, at the same scale, would compute its share of the picture.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_scenes.clips import load_truth

from lamplighter_demo.benchmarks.envelopes.page import table

# Before and after a crossing: so long a track is kept out of sight, and half as long again.
AROUND_S = 1.5


def region_table(clips: Iterable[Path]) -> str:
    """Of each camera, over all of its clips."""
    truths: dict[str, list[dict[str, Any]]] = {}
    for clip in clips:
        truth = load_truth(clip)
        truths.setdefault(truth["camera"], []).append(truth)
    cells = [[name, f"{needed_share(some):.0%}"] for name, some in sorted(truths.items())]
    return table(["camera", "of the picture, a rectangle that holds who crosses"], cells) + "\n"


def needed_share(truths: Sequence[Mapping[str, Any]]) -> float:
    """Share of a camera's picture; 0 where nobody crosses."""
    boxes = np.array([box for truth in truths for box in _crossing_boxes(truth)], float)
    if not len(boxes):
        return 0.0
    size = boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)
    return float(np.prod(size) / (truths[0]["width"] * truths[0]["height"]))


def _crossing_boxes(truth: Mapping[str, Any]) -> Iterator[list[int]]:
    """Of those that cross, around then: x1, y1, x2, y2."""
    around = AROUND_S * truth["fps"]
    crossed: dict[int, list[int]] = {}
    for crossing in truth["crossings"]:
        crossed.setdefault(crossing["number"], []).append(crossing["frame"])
    for frame, rows in enumerate(truth["frames"]):
        for *box, _kind, number in rows:
            if any(abs(frame - at) <= around for at in crossed.get(number, [])):
                yield box
