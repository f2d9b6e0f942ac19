"""`lamplighter bench counting`: what a device counts beside what truly crossed its lines.

Of every variant, size and frame rate, and of true boxes, which tell what tracker and counter lose
by themselves. Boxes are computed once and kept; everything after them is done anew.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from lamplighter_recipes.tasks.detection.average_precision import Boxes
from lamplighter_recipes.tasks.detection.streaming import frames_run
from lamplighter_scenes.clips import load_truth
from lamplighter_wire.files import write_atomically
from lamplighter_wire.street.counting_boxes import MOST_OVERLAP, counting_score
from lamplighter_wire.tasks.detection import DEFAULT_THRESHOLD, nms

from lamplighter_demo.benchmarks.counting.clip_boxes import ClipBoxes, Detector
from lamplighter_demo.benchmarks.counting.identities import Identities, identities
from lamplighter_demo.benchmarks.counting.movements import Movement, movements, unseen
from lamplighter_demo.comparison.device_counts import DeviceCounts
from lamplighter_demo.errors import DemoError

RATES_FPS = (12.5, 6.25, 4.0, 3.0, 2.0)
TRUE_BOXES = "true boxes"
REPORT = "counting.json"

Notify = Callable[[str], None]


class ClipRow(msgspec.Struct, frozen=True, kw_only=True):
    """A clip as one source's boxes are counted at one frame rate.

    Attributes:
        source: name of the variant, or `true boxes`.
        size: of the network's input; empty for true boxes.
        unseen: true crossings of objects without a box within a second of it.
        cpu_us_per_frame: of following and counting, on this machine.
    """

    source: str
    size: str
    fps: float
    clip: str
    camera: str
    regime: str
    seconds: float
    unseen: int
    movements: list[Movement]
    identities: Identities
    cpu_us_per_frame: float


@dataclass(frozen=True)
class Source:
    """Where boxes come from: a variant at a size, or the truth."""

    name: str
    size: str
    boxes: Callable[[Path, dict[str, Any]], Sequence[Boxes]]


def bench_counting(
    clips: Sequence[Path],
    detectors: Sequence[Detector],
    sizes: Sequence[str],
    out: Path,
    notify: Notify,
    rates_fps: Sequence[float] = RATES_FPS,
) -> list[ClipRow]:
    """Count all clips by all sources at all rates; writes `counting.json`.

    Raises:
        DemoError: there are no clips, or the agent's program fails.
        FileNotFoundError: a clip has no truth beside it.
    """
    if not clips:
        raise DemoError("there are no clips: make some by `lamplighter scenes footage`")
    sources = all_sources(detectors, sizes, out)
    with DeviceCounts(out / "replay") as device:
        rows = list(_rows(clips, sources, rates_fps, device, notify))
    write_atomically(out / REPORT, [msgspec.json.format(msgspec.json.encode(rows))])
    return rows


def all_sources(detectors: Sequence[Detector], sizes: Sequence[str], out: Path) -> list[Source]:
    """The truth, and each variant at each size; boxes are kept in `out`."""
    return [Source(TRUE_BOXES, "", _true_boxes), *_sources(detectors, sizes, out)]


def _sources(detectors: Sequence[Detector], sizes: Sequence[str], out: Path) -> Iterator[Source]:
    kept = ClipBoxes(out / "boxes")
    for detector in detectors:
        for size in sizes:

            def served(
                clip: Path, truth: dict[str, Any], d: Detector = detector, s: str = size
            ) -> list[Boxes]:
                return [counted_by(boxes, d, truth["regime"]) for boxes in kept.boxes(d, s, clip)]

            yield Source(detector.name, size, served)


def counted_by(boxes: Boxes, detector: Detector, regime: str) -> Boxes:
    """Those of a frame that a device counts by in a regime, where counts are the objective."""
    least = counting_score(detector.card.thresholds, regime, DEFAULT_THRESHOLD)
    return nms(boxes[boxes[:, 4] >= least], MOST_OVERLAP)


def _true_boxes(_clip: Path, truth: dict[str, Any]) -> list[Boxes]:
    """Boxes of a truth as a perfect network would give them."""
    return [
        np.array([[*row[:4], 1.0, row[4]] for row in rows], np.float32).reshape(-1, 6)
        for rows in truth["frames"]
    ]


def _rows(
    clips: Sequence[Path],
    sources: Sequence[Source],
    rates_fps: Sequence[float],
    device: DeviceCounts,
    notify: Notify,
) -> Iterator[ClipRow]:
    for clip in clips:
        truth = load_truth(clip)
        notify(f"count {clip.stem}")
        for source in sources:
            boxes = source.boxes(clip, truth)
            for fps in rates_fps:
                yield _row(source, truth, boxes, fps, device)


def _row(
    source: Source, truth: dict[str, Any], boxes: Sequence[Boxes], fps: float, device: DeviceCounts
) -> ClipRow:
    rate, seconds = truth["fps"], len(boxes) / truth["fps"]
    frames = frames_run(len(boxes), rate, fps, 0.0)
    followed = device.follow(truth, [boxes[n] for n in frames], [n / rate for n in frames])
    return ClipRow(
        source=source.name,
        size=source.size,
        fps=fps,
        clip=truth["clip"],
        camera=truth["camera"],
        regime=truth["regime"],
        seconds=seconds,
        unseen=unseen(truth),
        movements=movements(truth, followed.counted.crossings, seconds),
        identities=identities(truth, frames, followed),
        cpu_us_per_frame=round(followed.counted.cpu_us_per_frame, 1),
    )
