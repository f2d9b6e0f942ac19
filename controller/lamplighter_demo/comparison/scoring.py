"""How accurate each built point is on the day's footage, and how accurate a device was."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_recipes.tasks.detection.average_precision import ap50, match
from lamplighter_scenes.clips import load_truth
from lamplighter_scenes.demo_day import DEMO_DAY

from lamplighter_demo.city.agents import DemoAgent
from lamplighter_demo.comparison.detections import ClipPoint, Detections, Told

PhaseScores = dict[str, dict[str, float]]
"""Point -> phase -> AP50."""
EVERY = 10


def score(
    clips: Path, cameras: Sequence[str], detections: Detections, told: Told
) -> dict[str, PhaseScores]:
    """Camera -> agnostic AP50 of each point on every tenth frame of each phase's clip.

    `told`: how far the boxes are computed.
    """
    shown = {(c, p.name): clips / f"{c}-{p.name}.mp4" for p in DEMO_DAY for c in cameras}
    truths = {clip: load_truth(clip) for clip in shown.values()}
    numbers = {clip: range(0, len(truth["frames"]), EVERY) for clip, truth in truths.items()}
    points = [ClipPoint(clip, key) for clip in truths for key in detections.keys]
    detections.add({point: set(numbers[point.clip]) for point in points}, told)
    table: dict[str, PhaseScores] = {}
    for (camera, phase), clip in shown.items():
        labels = [truth_boxes(truths[clip], number) for number in numbers[clip]]
        for key in detections.keys:
            boxes = [detections.boxes(ClipPoint(clip, key), number) for number in numbers[clip]]
            found = ap50([match(*pair) for pair in zip(boxes, labels, strict=True)])
            table.setdefault(camera, {}).setdefault(key, {})[phase] = found
    return table


def truth_ap50(agent: DemoAgent) -> float | None:
    """Agnostic AP50 of the boxes the device really gave, on every tenth frame it logged.

    The device keeps boxes above its lowest score only, which costs it the tail of the curve.
    """
    if not agent.detections.exists():
        return None
    matches, truths = [], {}
    for line in agent.detections.read_text().splitlines():
        entry = json.loads(line)
        clip = Path(entry["clip"])
        if clip not in truths:
            truths[clip] = load_truth(clip)
        boxes = np.array(entry["boxes"], np.float32).reshape(-1, 6)
        matches.append(match(boxes, truth_boxes(truths[clip], entry["clip_index"])))
    return round(ap50(matches), 4) if matches else None


def truth_boxes(truth: dict[str, Any], index: int) -> Any:
    """Boxes [n, 5] (x1, y1, x2, y2, class) of one frame of a clip."""
    rows = truth["frames"][index]
    return np.array([row[:5] for row in rows], np.float32).reshape(-1, 5)
