"""Speeds between two lines, as the agent measures them, beside those that traces tell.

`python -m lamplighter_demo.benchmarks.counting.speeds` prints a table for the shipped clips. Behind
each line that crosses the arm near the camera another one is laid, so many metres along the road,
and both are drawn in the picture: what an operator does with a tape. True speeds are those of the
trace over the same stretch.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_recipes.tasks.detection.average_precision import Boxes
from lamplighter_recipes.tasks.detection.streaming import frames_run
from lamplighter_scenes.cameras import CAMERAS, Camera
from lamplighter_scenes.cities import load_scene
from lamplighter_scenes.clips import load_truth
from lamplighter_scenes.crossings import Line, crossed
from lamplighter_scenes.trace import Trace
from numpy.typing import NDArray

from lamplighter_demo.benchmarks.counting.device_counts import Crossing, DeviceCounts

CLIPS, TRACES = Path("deploy/demo/clips"), Path("deploy/demo/traces")
STRETCH_M = 15.0
RATES_FPS = (12.5, 6.25, 4.0)
STEP_S = 0.05  # in which true positions are looked at
NEAR_S = 1.0  # a measured passage and its true one
LEAST_KMH = 1.0
Point = tuple[float, float]
# Of each camera the line across the arm near it.
NEAREST = {"south-arm": "south", "east-arm": "east"}


@dataclass(frozen=True)
class Passage:
    """One object over both lines: when it was over the later one, s of the clip, and how fast."""

    at: float
    kmh: float
    line: str


@dataclass(frozen=True)
class Row:
    """What came of a camera's clips at a frame rate; speeds in km/h."""

    fps: float
    true: int
    measured: int
    true_kmh: float
    measured_kmh: float
    single_error: float  # median of |measured - true| / true, of those that were told apart


class Ground:
    """A camera's picture of the road, which is flat: pixels to metres and back."""

    def __init__(self, camera: Camera, width: int, height: int) -> None:
        to_picture = np.array([[width / 2, 0, width / 2], [0, -height / 2, height / 2], [0, 0, 1]])
        matrix = camera.matrix(width, height).astype(np.float64)
        self._to_pixels: NDArray[np.float64] = to_picture @ matrix[[0, 1, 3]][:, [0, 1, 3]]
        self._to_metres = np.asarray(np.linalg.inv(self._to_pixels), np.float64)

    def pixels(self, x_m: float, y_m: float) -> Point:
        return _mapped(self._to_pixels, x_m, y_m)

    def metres(self, x: float, y: float) -> Point:
        return _mapped(self._to_metres, x, y)


def _mapped(matrix: NDArray[np.float64], x: float, y: float) -> Point:
    across, down, depth = matrix @ (x, y, 1.0)
    return float(across / depth), float(down / depth)


def lines_on_the_road(ground: Ground, line: Line, metres: float) -> tuple[Line, Line]:
    """A line of the picture in metres, and one so far behind it, seen from the camera's side."""
    (x1, y1), (x2, y2) = ground.metres(line.x1, line.y1), ground.metres(line.x2, line.y2)
    length = float(np.hypot(x2 - x1, y2 - y1))
    back = -(y2 - y1) / length * metres, (x2 - x1) / length * metres
    options = [(x1 + s * back[0], y1 + s * back[1], x2 + s * back[0], y2 + s * back[1])
               for s in (1, -1)]  # fmt: skip
    # The one that lies higher in the picture is farther away, where more of the road is seen.
    far = min(options, key=lambda ends: ground.pixels(ends[0], ends[1])[1])
    return Line("near", x1, y1, x2, y2), Line("far", *far)


def drawn(ground: Ground, line: Line) -> dict[str, Any]:
    """A line of the road in pixels, as settings have it."""
    (x1, y1), (x2, y2) = ground.pixels(line.x1, line.y1), ground.pixels(line.x2, line.y2)
    return {"name": line.name, "x1": x1, "y1": y1, "x2": x2, "y2": y2}


def true_passages(
    trace: Trace, start_s: float, seconds: float, lines: tuple[Line, Line]
) -> tuple[list[Passage], float]:
    """Of all vehicles within the clip, and the length of their way from line to line, m."""
    before: dict[int, Point] = {}
    way: dict[int, float] = {}
    passed: dict[int, tuple[float, float, str]] = {}  # when, after which way, which line
    passages, ways = [], []
    for step in range(int(seconds / STEP_S)):
        at = step * STEP_S
        for user in trace.at(start_s + at):
            here, last = (user.x_m, user.y_m), before.get(user.track)
            before[user.track] = here
            if last is None or user.kind == "person":
                continue
            way[user.track] = way.get(user.track, 0.0) + float(np.hypot(*np.subtract(here, last)))
            for line in lines:
                if not crossed(line, last, here):
                    continue
                earlier = passed.get(user.track)
                if earlier is not None and earlier[2] != line.name and at > earlier[0]:
                    metres = way[user.track] - earlier[1]
                    passages.append(Passage(at, 3.6 * metres / (at - earlier[0]), line.name))
                    ways.append(metres)
                passed[user.track] = at, way[user.track], line.name
    return passages, float(np.median(ways)) if ways else 0.0


def measured_passages(crossings: Sequence[Crossing], metres: float) -> list[Passage]:
    """As the agent pairs them: the same track over both lines."""
    passed: dict[tuple[int, str], float] = {}
    found = []
    for one in crossings:
        other = passed.get((one.track, "far" if one.line == "near" else "near"))
        passed[one.track, one.line] = one.passed_at
        if other is None or one.kind == "person" or one.passed_at == other:
            continue
        kmh = 3.6 * metres / abs(one.passed_at - other)
        found.append(Passage(max(one.passed_at, other), kmh, one.line))
    return [one for one in found if LEAST_KMH <= one.kmh <= 250]


def space_mean(passages: Sequence[Passage]) -> float:
    """Harmonic mean of the speeds; 0: there are none."""
    slow = [one.kmh for one in passages if one.kmh > 0]
    return len(slow) / sum(1 / kmh for kmh in slow) if slow else 0.0


def single_errors(true: Sequence[Passage], measured: Sequence[Passage]) -> list[float]:
    """Of each measured one that has one true passage near it, relative to that."""
    errors = []
    for one in measured:
        near = [other for other in true if abs(other.at - one.at) <= NEAR_S and other.kmh > 0]
        if len(near) == 1:
            errors.append(abs(one.kmh - near[0].kmh) / near[0].kmh)
    return errors


def bench_camera(
    name: str, clips: Path, traces: dict[str, Trace], device: DeviceCounts
) -> Iterator[Row]:
    """A camera's shipped clips with true boxes, at each frame rate."""
    truths = [load_truth(path) for path in sorted(clips.glob(f"{name}-*.mp4"))]
    truths = [
        truth for truth in truths if truth["trace"] in traces and "sample" not in truth["clip"]
    ]
    first = truths[0]
    ground = Ground(CAMERAS[name], first["width"], first["height"])
    line = next(Line(**one) for one in first["lines"] if one["name"] == NEAREST[name])
    lines = lines_on_the_road(ground, line, STRETCH_M)
    true = [
        true_passages(traces[t["trace"]], t["trace_start_s"], len(t["frames"]) / t["fps"], lines)
        for t in truths
    ]
    metres = float(np.median([way for _, way in true if way]))
    for fps in RATES_FPS:
        measured, errors = list[Passage](), list[float]()
        for truth, (passages, _) in zip(truths, true, strict=True):
            frames = frames_run(len(truth["frames"]), truth["fps"], fps, 0.0)
            job = truth | {"lines": [drawn(ground, one) for one in lines]}
            boxes = [_boxes(truth["frames"][n]) for n in frames]
            followed = device.follow(job, boxes, [n / truth["fps"] for n in frames])
            found = measured_passages(followed.counted.crossings, metres)
            measured += found
            errors += single_errors(passages, found)
        everyone = [one for passages, _ in true for one in passages]
        yield Row(
            fps,
            len(everyone),
            len(measured),
            space_mean(everyone),
            space_mean(measured),
            float(np.median(errors)) if errors else 0.0,
        )


def _boxes(rows: Sequence[Sequence[int]]) -> Boxes:
    return np.array([[*row[:4], 1.0, row[4]] for row in rows], np.float32).reshape(-1, 6)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=CLIPS)
    parser.add_argument("--traces", type=Path, default=TRACES)
    given = parser.parse_args()
    _, traces = load_scene(given.traces)
    write = sys.stdout.write
    write("| camera | frames/s | true | measured | true km/h | measured km/h | single ones |\n")
    write("|---|---|---|---|---|---|---|\n")
    with tempfile.TemporaryDirectory() as folder, DeviceCounts(Path(folder)) as device:
        for name in NEAREST:
            for row in bench_camera(name, given.clips, traces, device):
                write(
                    f"| {name} | {row.fps:g} | {row.true} | {row.measured} | {row.true_kmh:.1f} |"
                    f" {row.measured_kmh:.1f} | {row.single_error:.1%} |\n"
                )


if __name__ == "__main__":
    main()
