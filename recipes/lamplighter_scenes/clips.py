"""H.264 clips of a junction with their ground truth.

`NAME.mp4` goes with `NAME.truth.json.gz`: boxes of every frame with object numbers, counting
lines in image coordinates, and what truly crossed them.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from lamplighter_wire.files import write_atomically

from lamplighter_scenes.cameras import CAMERAS, Camera
from lamplighter_scenes.crossings import CrossingCounter, Line
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
class Phase:
    """A stretch of a street: which trace from when, under which sky."""

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
class Viewpoint:
    """A camera and the lines that are counted in its pictures."""

    camera: Camera
    lines: tuple[Line, ...]


VIEWPOINTS = {name: Viewpoint(CAMERAS[name], lines) for name, lines in COUNTING_LINES.items()}


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
    out_dir: Path, renderer: SceneRenderer, trace: Trace, phase: Phase, viewpoint: Viewpoint
) -> dict[str, Any]:
    """Writes `CAMERA-PHASE.mp4` and its truth; returns the truth without the frames."""
    name = f"{viewpoint.camera.name}-{phase.name}"
    writer = VideoWriter(out_dir / f"{name}.mp4", WIDTH, HEIGHT)
    counter, frames = CrossingCounter(viewpoint.lines), []
    try:
        for index, shot in enumerate(_shots(renderer, trace, phase, viewpoint.camera)):
            writer.write(shot.view.image)
            frames.append(_boxes_with_numbers(shot.view))
            counter.update(index, renderer.feet(shot.things, viewpoint.camera))
    finally:
        writer.close()
    density = density_of(int(np.median([len(boxes) for boxes in frames])))
    truth = {
        **_clip_facts(phase, viewpoint, density),
        "counts": counter.counts(),
        "crossings": [asdict(crossing) for crossing in counter.crossings],
    }
    save_truth({**truth, "frames": frames}, out_dir / f"{name}.truth.json.gz")
    return truth


def _clip_facts(phase: Phase, viewpoint: Viewpoint, density: str) -> dict[str, Any]:
    """What is true of the whole clip."""
    return {
        "format": FORMAT,
        "clip": f"{viewpoint.camera.name}-{phase.name}.mp4",
        "fps": FPS,
        "width": WIDTH,
        "height": HEIGHT,
        "classes": list(CLASSES),
        "camera": viewpoint.camera.name,
        "phase": phase.name,
        "light": phase.light,
        "weather": phase.weather,
        "density": density,
        "regime": f"{phase.light}-{phase.weather}-{density}",
        "trace": phase.trace,
        "trace_start_s": phase.start_s,
        "lines": [asdict(line) for line in viewpoint.lines],
    }


def save_truth(truth: dict[str, Any], path: Path) -> None:
    """Writes gzip JSON, the same bytes for the same truth; whole, or not at all."""
    text = json.dumps(truth, separators=(",", ":"))
    write_atomically(path, [gzip.compress(text.encode(), mtime=0)])


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
