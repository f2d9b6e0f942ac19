"""Speeds between two lines, as the agent measures them, beside those that traces tell.

Behind each line that crosses the arm near a shipped camera another one is laid, so many metres on
along the road, and both are drawn in the picture: what an operator does with a tape. True speeds
are those of the trace over the same stretch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_recipes.tasks.detection.streaming import frames_run
from lamplighter_scenes.cameras import CAMERAS, Camera
from lamplighter_scenes.cities import load_scene
from lamplighter_scenes.clips import load_truth
from lamplighter_scenes.crossings import Line, crossed
from lamplighter_scenes.trace import Trace
from numpy.typing import NDArray

from lamplighter_demo.benchmarks.counting.bench_counting import Source, all_sources
from lamplighter_demo.benchmarks.counting.clip_boxes import Detector
from lamplighter_demo.comparison.device_counts import Crossing, DeviceCounts
from lamplighter_demo.errors import DemoError

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
    """What came of a camera's clips by one source of boxes at a frame rate; speeds in km/h."""

    camera: str
    source: str
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


@dataclass(frozen=True)
class _Scene:
    """A camera's clips with their truths, two lines on its road, and who truly passed both."""

    camera: str
    clips: Sequence[tuple[Path, dict[str, Any]]]
    lines: Sequence[dict[str, Any]]
    metres: float
    true: Sequence[Sequence[Passage]]  # by clip


def bench_speeds(
    clips: Path,
    traces_dir: Path,
    detectors: Sequence[Detector],
    sizes: Sequence[str],
    out: Path,
    rates_fps: Sequence[float] = RATES_FPS,
) -> list[Row]:
    """All shipped cameras by all sources of boxes at all rates.

    Raises:
        DemoError: a camera has no clip there, or the agent's program fails.
        FileNotFoundError: a clip has no truth beside it, or there are no traces.
    """
    _, traces = load_scene(traces_dir)
    scenes = [_scene(name, clips, traces) for name in NEAREST]
    sources = all_sources(detectors, sizes, out)
    with DeviceCounts(out / "replay") as device:
        return [
            _row(scene, source, fps, device)
            for scene in scenes
            for source in sources
            for fps in rates_fps
        ]


def _scene(name: str, folder: Path, traces: dict[str, Trace]) -> _Scene:
    paths = [path for path in sorted(folder.glob(f"{name}-*.mp4")) if "sample" not in path.stem]
    clips = [(path, load_truth(path)) for path in paths]
    if not clips:
        raise DemoError(f"no clip of {name} in {folder}: make some by `lamplighter scenes render`")
    first = clips[0][1]
    ground = Ground(CAMERAS[name], first["width"], first["height"])
    line = next(Line(**one) for one in first["lines"] if one["name"] == NEAREST[name])
    lines = lines_on_the_road(ground, line, STRETCH_M)
    true = [
        true_passages(traces[t["trace"]], t["trace_start_s"], len(t["frames"]) / t["fps"], lines)
        for _, t in clips
    ]
    metres = float(np.median([way for _, way in true if way]))
    in_picture = [drawn(ground, one) for one in lines]
    return _Scene(name, clips, in_picture, metres, [passages for passages, _ in true])


def _row(scene: _Scene, source: Source, fps: float, device: DeviceCounts) -> Row:
    measured, errors = list[Passage](), list[float]()
    for (clip, truth), passages in zip(scene.clips, scene.true, strict=True):
        boxes, rate = source.boxes(clip, truth), truth["fps"]
        frames = frames_run(len(boxes), rate, fps, 0.0)
        job = truth | {"lines": scene.lines}
        followed = device.follow(job, [boxes[n] for n in frames], [n / rate for n in frames])
        found = measured_passages(followed.counted.crossings, scene.metres)
        measured += found
        errors += single_errors(passages, found)
    everyone = [one for passages in scene.true for one in passages]
    return Row(
        scene.camera,
        f"{source.name} at {source.size}" if source.size else source.name,
        fps,
        len(everyone),
        len(measured),
        space_mean(everyone),
        space_mean(measured),
        float(np.median(errors)) if errors else 0.0,
    )


TITLES = "| boxes | frames/s | camera | measured, of | space mean, true | measured | single ones |"


def page(rows: Sequence[Row]) -> str:
    """A table in Markdown."""
    lines = [
        f"| {row.source} | {row.fps:g} | {row.camera} | {row.measured} of {row.true} |"
        f" {row.true_kmh:.1f} km/h | {row.measured_kmh:.1f} km/h | {row.single_error:.1%} |"
        for row in rows
    ]
    return "\n".join([TITLES, "|---" * 7 + "|", *lines]) + "\n"
