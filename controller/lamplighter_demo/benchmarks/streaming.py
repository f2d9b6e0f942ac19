"""What a frame rate is worth: streaming accuracy of operating points at several rates.

Each point answers all frames of the demo's clips once; then each rate and latency is a choice of
these answers. A device is told by how many times slower than this machine's core it is.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from lamplighter_recipes.runtimes.runtime import Infer, find_runtime
from lamplighter_recipes.tasks.detection.average_precision import Boxes, Matches, ap50
from lamplighter_recipes.tasks.detection.evaluation import detect, scaled
from lamplighter_recipes.tasks.detection.evaluator import evaluator_reading
from lamplighter_recipes.tasks.detection.streaming import (
    frames_run,
    streamed,
    streaming_matches,
)
from lamplighter_scenes.clips import load_truth
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.detection import Detection

from lamplighter_demo.city.footage import frames_of
from lamplighter_demo.comparison.scoring import truth_boxes

RATES_FPS = (12.5, 6.25, 4.0, 3.0, 2.0, 1.0, 0.5)

Notify = Callable[[str], None]


@dataclass(frozen=True)
class PointAnswers:
    """A point's boxes on every frame of each clip, and the processor time of one."""

    name: str
    cpu_ms: float
    clips: Mapping[str, list[Boxes]]


class StreamingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A point at a rate on a device; `sap50` of 0 to 1 with boxes carried forward, `held` without.

    Attributes:
        latency_ms: from a frame to its boxes, on that device.
        rate_fps: the rate that was asked for.
        cpu_ms_per_s: processor time of the device in a second.
    """

    point: str
    slower: float
    rate_fps: float
    latency_ms: float
    sap50: float
    held: float
    cpu_ms_per_s: float


def bench_streaming(
    artifacts: Mapping[str, tuple[Path, str, Decoder]],
    sizes: Sequence[str],
    clips: Sequence[Path],
    slower: Sequence[float],
    notify: Notify,
) -> list[StreamingRow]:
    """All points at all rates that they keep up with.

    Args:
        artifacts: name -> file, runtime, and how its outputs are read.
        slower: how many times slower than this core each device is.
    """
    truths = {clip.stem: _truths(clip) for clip in clips}
    fps = {clip.stem: float(load_truth(clip)["fps"]) for clip in clips}
    rows: list[StreamingRow] = []
    for name, (path, runtime, decoder) in artifacts.items():
        task = evaluator_reading(decoder).task
        infer = find_runtime(runtime).open(path, task.tensors)
        for size in sizes:
            notify(f"{name} at {size} on {len(clips)} clips")
            answers = _answers(f"{name}@{size}", infer, task, size, clips)
            rows += point_rows(answers, truths, fps, slower)
    return rows


def point_rows(
    answers: PointAnswers,
    truths: Mapping[str, list[Boxes]],
    fps: Mapping[str, float],
    slower: Sequence[float],
) -> list[StreamingRow]:
    """One point on each device at each rate that it keeps up with."""
    return [
        _row(answers, truths, fps, factor, rate_fps)
        for factor in slower
        for rate_fps in RATES_FPS
        if answers.cpu_ms * factor * rate_fps <= 1000
    ]


def _row(
    answers: PointAnswers,
    truths: Mapping[str, list[Boxes]],
    fps: Mapping[str, float],
    slower: float,
    rate_fps: float,
) -> StreamingRow:
    latency_s = answers.cpu_ms * slower / 1000
    matches: dict[bool, list[Matches]] = {True: [], False: []}
    runs = seconds = 0.0
    for clip, boxes in answers.clips.items():
        chosen = frames_run(len(boxes), fps[clip], rate_fps, latency_s)
        known = {frame: boxes[frame] for frame in chosen}
        for carry, found in matches.items():
            shown = streamed(known, len(boxes), fps[clip], latency_s, carry=carry)
            found += streaming_matches(shown, truths[clip])
        runs, seconds = runs + len(chosen), seconds + len(boxes) / fps[clip]
    return StreamingRow(
        point=answers.name,
        slower=slower,
        rate_fps=rate_fps,
        latency_ms=round(1000 * latency_s, 1),
        sap50=round(ap50(matches[True]), 4),
        held=round(ap50(matches[False]), 4),
        cpu_ms_per_s=round(runs / seconds * 1000 * latency_s, 1),
    )


def _truths(clip: Path) -> list[Boxes]:
    truth = load_truth(clip)
    return [truth_boxes(truth, index) for index in range(len(truth["frames"]))]


def _answers(
    name: str, infer: Infer, task: Detection, size: str, clips: Sequence[Path]
) -> PointAnswers:
    width, height = parse_size(size)
    spent_s, by_clip = [], {}
    for clip in clips:
        boxes = []
        for frame in frames_of(clip):
            image = np.ascontiguousarray(frame.reformat(width, height, "rgb24").to_ndarray())
            began = time.process_time()
            found = detect(infer, image, task)
            spent_s.append(time.process_time() - began)
            boxes.append(scaled(found, frame.width / width, frame.height / height))
        by_clip[clip.stem] = boxes
    return PointAnswers(name, 1000 * float(np.median(spent_s)), by_clip)


def table(rows: Sequence[StreamingRow]) -> str:
    """Rates as rows, points as columns, a table for each device."""
    parts = []
    for slower in sorted({row.slower for row in rows}):
        of_device = [row for row in rows if row.slower == slower]
        points = list(dict.fromkeys(row.point for row in of_device))
        head = [f"frames/s, {slower:g}x slower", *points]
        lines = [_line(head), _line(["---"] * len(head))]
        for rate in RATES_FPS:
            found = {row.point: row for row in of_device if row.rate_fps == rate}
            if found:
                lines.append(_line([f"{rate:g}", *(_cell(found.get(point)) for point in points)]))
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _cell(row: StreamingRow | None) -> str:
    if row is None:
        return ""
    return f"{row.sap50:.3f} (held {row.held:.3f}), {row.cpu_ms_per_s:.0f} ms/s"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
