"""All operating points of the catalogue that were built: measured per device, scored per phase."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.tasks.detection.average_precision import ap50, match
from lamplighter_recipes.tasks.detection.evaluation import detect, scaled
from lamplighter_scenes.clips import load_truth
from lamplighter_scenes.demo_day import DEMO_DAY

from lamplighter_demo.agents import THREAD_LIMITS, DemoAgent
from lamplighter_demo.envelopes import Realised

EVERY = 10
SIZES = ((256, 192), (384, 288), (512, 384))
# As many devices as two cores can measure at once without waiting for each other.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Model:
    """A built variant as a file that onnxruntime loads."""

    variant: str
    recipe: str
    precision: str
    path: Path
    expected_ap50: dict[str, dict[str, float]]
    memory_bytes: int = 0
    sizes: tuple[tuple[int, int], ...] = SIZES


def point_key(variant: str, width: int, height: int) -> str:
    return f"{variant}@{width}x{height}"


def measure_devices(
    agents: Iterable[DemoAgent], models: list[Model], say: Callable[[str], None]
) -> dict[str, dict[str, dict[str, float]]]:
    """device -> point -> latency_p50_ms, latency_p95_ms, cpu_s; without points that do not fit.

    The agents must have been stopped: each measurement has the envelope to itself.
    """

    def one(agent: DemoAgent) -> tuple[str, dict[str, dict[str, float]]]:
        found = _measure_device(agent, models)
        say(f"{agent.device.id}: measured {len(found)} operating points in its envelope")
        return agent.device.id, found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(one, agents))


def _measure_device(agent: DemoAgent, models: list[Model]) -> dict[str, dict[str, float]]:
    targets = [
        (point_key(m.variant, w, h), f"{m.path}={w}x{h}") for m in models for w, h in m.sizes
    ]
    realised = Realised(agent.device.id, agent.device.envelope)
    found: dict[str, dict[str, float]] = {}
    try:
        while targets:
            figures = _run_inside(realised, [target for _, target in targets])
            found.update(zip((key for key, _ in targets), figures, strict=False))
            # The process ended at the point after the last printed one: that one does not fit.
            targets = targets[len(figures) + 1 :]
    finally:
        realised.close()
    return found


def _run_inside(realised: Realised, targets: list[str]) -> list[dict[str, float]]:
    config = json.dumps(realised.envelope.session_config)
    command = [sys.executable, "-m", "lamplighter_demo.measure_point", config, *targets]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **THREAD_LIMITS},
        preexec_fn=realised.enter,
    )
    realised.started(process.pid)
    output, _ = process.communicate(timeout=300)
    return [json.loads(line) for line in output.splitlines()]


def score(
    clips: Path, cameras: Iterable[str], models: list[Model]
) -> dict[str, dict[str, dict[str, float]]]:
    """camera -> point -> phase -> agnostic AP50 on every tenth frame of the phase's clip."""
    jobs = [(clips, camera, phase.name, models) for phase in DEMO_DAY for camera in cameras]
    table: dict[str, dict[str, dict[str, float]]] = {}
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        for (_, camera, phase, _), values in zip(jobs, pool.map(_score_clip, jobs), strict=True):
            for key, value in values.items():
                table.setdefault(camera, {}).setdefault(key, {})[phase] = value
    return table


def _score_clip(job: tuple[Path, str, str, list[Model]]) -> dict[str, float]:
    clips, camera, phase, models = job
    path = clips / f"{camera}-{phase}.mp4"
    truth = load_truth(path)
    frames = list(_every_tenth(path))
    labels = [truth_boxes(truth, index) for index, _ in frames]
    return {
        point_key(model.variant, w, h): _ap50(model, frames, labels, w, h)
        for model in models
        for w, h in model.sizes
    }


def _ap50(
    model: Model, frames: list[tuple[int, Any]], labels: list[Any], width: int, height: int
) -> float:
    infer = open_infer(model.path)
    matches = []
    for (_, frame), boxes in zip(frames, labels, strict=True):
        image = frame.reformat(width, height, "rgb24").to_ndarray()
        predictions = detect(infer, np.ascontiguousarray(image))
        across, down = frame.width / width, frame.height / height
        matches.append(match(scaled(predictions, across, down), boxes))
    return ap50(matches)


def truth_boxes(truth: dict[str, Any], index: int) -> Any:
    """Boxes [n, 5] (x1, y1, x2, y2, class) of one frame of a clip."""
    rows = truth["frames"][index]
    return np.array([row[:5] for row in rows], np.float32).reshape(-1, 5)


def _every_tenth(path: Path) -> Iterable[tuple[int, Any]]:
    import av

    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "NONE"
        for index, frame in enumerate(container.decode(video=0)):
            if index % EVERY == 0:
                yield index, frame
