"""How accurate each built point is on the day's footage, and how accurate a device was."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.average_precision import ap50, match
from lamplighter_recipes.tasks.detection.evaluation import detect, scaled
from lamplighter_recipes.tasks.detection.evaluator import evaluator_reading
from lamplighter_scenes.clips import load_truth
from lamplighter_scenes.demo_day import DEMO_DAY

from lamplighter_demo.city.agents import DemoAgent
from lamplighter_demo.city.footage import frames_of
from lamplighter_demo.comparison.models import Model

PhaseScores = dict[str, dict[str, float]]
"""Point -> phase -> AP50."""
EVERY = 10


def score(clips: Path, cameras: Iterable[str], models: Sequence[Model]) -> dict[str, PhaseScores]:
    """Camera -> agnostic AP50 of each point on every tenth frame of each phase's clip."""
    jobs = [(clips, camera, phase.name, models) for phase in DEMO_DAY for camera in cameras]
    table: dict[str, PhaseScores] = {}
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        for (_, camera, phase, _), values in zip(jobs, pool.map(_score_clip, jobs), strict=True):
            for key, value in values.items():
                table.setdefault(camera, {}).setdefault(key, {})[phase] = value
    return table


def _score_clip(job: tuple[Path, str, str, Sequence[Model]]) -> dict[str, float]:
    clips, camera, phase, models = job
    path = clips / f"{camera}-{phase}.mp4"
    truth = load_truth(path)
    frames = list(_every_tenth(path))
    labels = [truth_boxes(truth, index) for index, _ in frames]
    return {
        model.key(w, h): _ap50(model, frames, labels, w, h)
        for model in models
        for w, h in model.sizes
    }


def _ap50(
    model: Model, frames: list[tuple[int, Any]], labels: list[Any], width: int, height: int
) -> float:
    task = evaluator_reading(model.decoder).task
    infer = find_runtime(model.runtime).open(model.path, task.tensors)
    matches = []
    for (_, frame), boxes in zip(frames, labels, strict=True):
        image = frame.reformat(width, height, "rgb24").to_ndarray()
        predictions = detect(infer, np.ascontiguousarray(image), task)
        across, down = frame.width / width, frame.height / height
        matches.append(match(scaled(predictions, across, down), boxes))
    return ap50(matches)


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


def _every_tenth(path: Path) -> Iterator[tuple[int, Any]]:
    for index, frame in enumerate(frames_of(path)):
        if index % EVERY == 0:
            yield index, frame
