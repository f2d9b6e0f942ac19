"""Short H.264 clips of the junction with their ground truth.

`NAME.mp4` goes with `NAME.truth.json.gz`: boxes of every frame with object numbers, counting
lines in image coordinates, and what truly crossed them. A crossing is counted as on a device: by
the bottom centre of the object's box, "in" from the line's left to its right side as one looks from
its first point to its second; each object once per line. Positions are true ones, so an object
that crosses behind another counts too.
"""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lamplighter_scenes.cameras import CAMERAS, Camera
from lamplighter_scenes.datasets.painter import HEIGHT, WIDTH
from lamplighter_scenes.datasets.splits import density_of
from lamplighter_scenes.rendering.appearance import SceneObject, dress
from lamplighter_scenes.rendering.renderer import SceneRenderer, View
from lamplighter_scenes.road_users import CLASSES
from lamplighter_scenes.trace import Trace
from lamplighter_scenes.weather import Weather, draw_weather

FORMAT = 1
FPS = 12.5
CRF = 24
MAX_RATE_BPS = 230_000  # at most 1.3 MB for 45 s, so that ten clips fit the repository
NOISE_LIMIT = {"day": 1.2, "night": 2.0}  # noise is what costs most bits
RAIN_LIMIT = 0.6
KEYFRAME_EVERY = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A counting line in image coordinates."""

    name: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the demo day: which trace from when, under which sky."""

    name: str
    trace: str
    start_s: float
    seconds: float
    light: str
    weather: str
    sky_seed: int


COUNTING_LINES: dict[str, tuple[Line, ...]] = {
    "south-arm": (
        Line("south", 425.0, 268.0, 95.0, 178.0),
        Line("east", 560.0, 95.0, 560.0, 205.0),
    ),
    "east-arm": (
        Line("east", 500.0, 224.0, 15.0, 306.0),
        Line("north", 530.0, 60.0, 530.0, 150.0),
    ),
}


@dataclass(frozen=True, slots=True)
class Crossing:
    """Object `number` over a line between the frame before and `frame`."""

    line: str
    direction: str
    kind: str
    number: int
    frame: int


class CrossingCounter:
    """True crossings from the true positions of each frame."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._last: dict[int, tuple[float, float]] = {}
        self._seen: set[tuple[str, int]] = set()
        self.crossings: list[Crossing] = []

    def update(self, frame: int, feet: Mapping[int, tuple[str, float, float]]) -> None:
        """`feet`: object number -> (kind, x, y) of its box's bottom centre in pixels."""
        for number, (kind, x, y) in feet.items():
            before = self._last.get(number)
            for line in self._lines if before else ():
                assert before is not None  # noqa: S101 - for the type checker
                direction = crossed(line, before, (x, y))
                if direction and (line.name, number) not in self._seen:
                    self._seen.add((line.name, number))
                    self.crossings.append(Crossing(line.name, direction, kind, number, frame))
        self._last = {number: (x, y) for number, (_, x, y) in feet.items()}

    def counts(self) -> dict[str, dict[str, int]]:
        """ "line/direction" -> class -> count."""
        total: dict[str, dict[str, int]] = {}
        for crossing in self.crossings:
            per_class = total.setdefault(f"{crossing.line}/{crossing.direction}", {})
            per_class[crossing.kind] = per_class.get(crossing.kind, 0) + 1
        return total


def _cross(ax: float, ay: float, bx: float, by: float) -> float:
    return ax * by - ay * bx


def crossed(line: Line, before: tuple[float, float], now: tuple[float, float]) -> str:
    """in, out, or nothing, for the way from `before` to `now`."""
    lx, ly = line.x2 - line.x1, line.y2 - line.y1
    side_before = _cross(lx, ly, before[0] - line.x1, before[1] - line.y1)
    side_now = _cross(lx, ly, now[0] - line.x1, now[1] - line.y1)
    if (side_before > 0) == (side_now > 0):
        return ""
    wx, wy = now[0] - before[0], now[1] - before[1]
    start = _cross(wx, wy, line.x1 - before[0], line.y1 - before[1])
    end = _cross(wx, wy, line.x2 - before[0], line.y2 - before[1])
    if (start > 0) == (end > 0):
        return ""
    return "in" if side_now > 0 else "out"


def sky_of(phase: Phase) -> Weather:
    """The phase's sky, with little noise, so that the clip stays small."""
    sky = draw_weather(phase.light, phase.weather, np.random.default_rng(phase.sky_seed))
    return replace(
        sky,
        noise=min(sky.noise, NOISE_LIMIT[phase.light]),
        rain=min(sky.rain, RAIN_LIMIT),
    )


class VideoWriter:
    """H.264 in MP4 from RGB uint8 [H, W, 3] frames."""

    def __init__(self, path: Path, width: int, height: int) -> None:
        import av

        self._av = av
        self._file = av.open(str(path), "w")
        rate = Fraction(FPS).limit_denominator(1000)
        stream: Any = self._file.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = KEYFRAME_EVERY
        stream.options = {
            "preset": "slow",
            "crf": str(CRF),
            "maxrate": str(MAX_RATE_BPS),
            "bufsize": str(MAX_RATE_BPS * 4),
            "threads": "1",
        }
        self._stream = stream

    def write(self, image: npt.NDArray[np.uint8]) -> None:
        """Appends one frame."""
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgb24")
        self._file.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Writes what the encoder still holds."""
        self._file.mux(self._stream.encode())
        self._file.close()


@dataclass(frozen=True, slots=True)
class _Shot:
    view: View
    things: list[SceneObject]


def _shots(renderer: SceneRenderer, trace: Trace, phase: Phase, camera: Camera) -> Iterator[_Shot]:
    rng = np.random.default_rng(phase.sky_seed)
    sky = sky_of(phase)
    for number in range(round(phase.seconds * FPS)):
        users = trace.at(phase.start_s + number / FPS)
        things = dress(users, phase.sky_seed, renderer.shape_counts)
        yield _Shot(renderer.view(things, camera, sky, rng), things)


def _boxes_with_numbers(view: View) -> list[list[int]]:
    return [
        [*map(int, box), number]
        for box, number in zip(view.boxes.tolist(), view.numbers.tolist(), strict=True)
    ]


def render_clip(
    out_dir: Path, renderer: SceneRenderer, trace: Trace, phase: Phase, camera_name: str
) -> dict[str, Any]:
    """Writes `CAMERA-PHASE.mp4` and its truth; returns the truth without the frames."""
    camera = CAMERAS[camera_name]
    name = f"{camera_name}-{phase.name}"
    writer = VideoWriter(out_dir / f"{name}.mp4", WIDTH, HEIGHT)
    counter, frames = CrossingCounter(COUNTING_LINES[camera_name]), []
    try:
        for index, shot in enumerate(_shots(renderer, trace, phase, camera)):
            writer.write(shot.view.image)
            frames.append(_boxes_with_numbers(shot.view))
            counter.update(index, renderer.feet(shot.things, camera))
    finally:
        writer.close()
    density = density_of(int(np.median([len(boxes) for boxes in frames])))
    truth = {
        **_clip_facts(phase, camera_name, density),
        "counts": counter.counts(),
        "crossings": [asdict(crossing) for crossing in counter.crossings],
    }
    save_truth({**truth, "frames": frames}, out_dir / f"{name}.truth.json.gz")
    return truth


def _clip_facts(phase: Phase, camera_name: str, density: str) -> dict[str, Any]:
    """What is true of the whole clip."""
    return {
        "format": FORMAT,
        "clip": f"{camera_name}-{phase.name}.mp4",
        "fps": FPS,
        "width": WIDTH,
        "height": HEIGHT,
        "classes": list(CLASSES),
        "camera": camera_name,
        "phase": phase.name,
        "light": phase.light,
        "weather": phase.weather,
        "density": density,
        "regime": f"{phase.light}-{phase.weather}-{density}",
        "trace": phase.trace,
        "trace_start_s": phase.start_s,
        "lines": [asdict(line) for line in COUNTING_LINES[camera_name]],
    }


def save_truth(truth: dict[str, Any], path: Path) -> None:
    """Writes gzip JSON, the same bytes for the same truth."""
    text = json.dumps(truth, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def load_truth(path: Path) -> dict[str, Any]:
    """Truth of a clip; `path` is the clip or the truth file.

    `frames` is a list of rows [x1, y1, x2, y2, class index, object number] per frame.

    Raises:
        FileNotFoundError: there is no truth beside the clip.
        ValueError: it has another format version.
    """
    if path.suffix == ".mp4":
        path = path.with_name(path.stem + ".truth.json.gz")
    truth: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    if truth["format"] != FORMAT:
        raise ValueError(f"{path} is of format {truth['format']}; expected {FORMAT}")
    return truth
