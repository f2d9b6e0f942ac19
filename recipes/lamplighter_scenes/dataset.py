"""Rendered data sets: JPEG frames and COCO annotations.

A split has its own part of each trace's time, its own cameras and its own looks of the street, so
that nothing of the test split was seen in training. Folder: `images/*.jpg`, `annotations.json`.
"""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from lamplighter_wire.tasks.detection import JAM_OBJECTS

from lamplighter_scenes.cameras import CAMERAS, TEST_CAMERAS, TRAIN_CAMERAS, jittered
from lamplighter_scenes.rendering.appearance import diversify, dress
from lamplighter_scenes.rendering.renderer import SceneRenderer, View
from lamplighter_scenes.road_users import CLASSES
from lamplighter_scenes.street import Street
from lamplighter_scenes.trace import Trace
from lamplighter_scenes.weather import draw_weather

log = logging.getLogger(__name__)

WIDTH, HEIGHT = 640, 480
JAM_MIN_OBJECTS = JAM_OBJECTS  # visible objects in a frame from which on we call it a jam
MAX_DRAWS = 40  # frames drawn and thrown away at most to meet the wanted density
RESTYLE_EVERY = 40
RARE_SHARE = 0.22  # of the cars, turned into rarer kinds: the trace has 1 % trucks and buses
JPEG_QUALITY = 92
TRACES_FOR = {"free": ("night", "day"), "jam": ("rush", "rush", "day")}

REGIMES = tuple(
    (light, weather, density)
    for light, weather in (("day", "dry"), ("night", "dry"), ("day", "rain"))
    for density in ("free", "jam")
)
Regime = tuple[str, str, str]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Split:
    """The share of each trace's time that belongs to a split, its cameras and their jitter."""

    begin: float
    end: float
    cameras: tuple[str, ...]
    jitter: float


SPLITS = {
    "train": Split(0.05, 0.6, TRAIN_CAMERAS, 1.0),
    "val": Split(0.62, 0.74, TRAIN_CAMERAS, 1.0),
    "test": Split(0.76, 0.9, TEST_CAMERAS, 0.25),
    "clips": Split(0.9, 1.0, TEST_CAMERAS, 0.0),
}


def density_of(objects: int) -> str:
    """free or jam."""
    return "jam" if objects >= JAM_MIN_OBJECTS else "free"


@dataclass(frozen=True, slots=True)
class _Drawn:
    view: View
    extras: dict[str, Any]


class _Painter:
    """Draws random frames of one split."""

    def __init__(self, street: Street, traces: dict[str, Trace], split: Split, seed: int) -> None:
        self._renderer = SceneRenderer(WIDTH, HEIGHT, street, seed)
        self._traces, self._split = traces, split
        self._rng = np.random.default_rng(seed)

    def restyle(self) -> None:
        self._renderer.restyle(int(self._rng.integers(1 << 31)))

    def close(self) -> None:
        self._renderer.close()

    def frame_of(self, regime: Regime, camera: str) -> _Drawn:
        """A frame of the regime; after MAX_DRAWS the last one, labelled as what it is."""
        for _ in range(MAX_DRAWS):
            drawn = self._draw(regime, camera)
            if drawn.extras["density"] == regime[2] and len(drawn.view.boxes):
                break
        return drawn

    def _draw(self, regime: Regime, camera: str) -> _Drawn:
        rng, split = self._rng, self._split
        name = TRACES_FOR[regime[2]][int(rng.integers(len(TRACES_FOR[regime[2]])))]
        trace = self._traces[name]
        time_s = float(rng.uniform(split.begin, split.end)) * trace.duration_s
        users = diversify(trace.at(time_s), RARE_SHARE, rng)
        things = dress(users, int(rng.integers(1 << 31)), self._renderer.shape_counts)
        place = jittered(CAMERAS[camera], rng, split.jitter)
        sky = draw_weather(regime[0], regime[1], rng)
        view = self._renderer.view(things, place, sky, rng)
        density = density_of(len(view.boxes))
        extras = {
            "camera": camera,
            "light": regime[0],
            "weather": regime[1],
            "density": density,
            "regime": f"{regime[0]}-{regime[1]}-{density}",
            "trace": name,
            "time_s": round(time_s, 2),
        }
        return _Drawn(view, extras)


def _annotations(boxes: npt.NDArray[np.float32], image_id: int) -> Iterator[dict[str, Any]]:
    for x1, y1, x2, y2, kind in boxes.tolist():
        yield {
            "image_id": image_id,
            "category_id": int(kind) + 1,
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "area": (x2 - x1) * (y2 - y1),
            "iscrowd": 0,
        }


def _log_progress(done: int, total: int) -> None:
    if done % 100 == 0 or done == total:
        log.info("rendered %d of %d frames", done, total)


def render_dataset(
    out_dir: Path,
    split: str,
    frames: int,
    seed: int,
    street: Street,
    traces: dict[str, Trace],
    progress: Progress = _log_progress,
) -> Path:
    """Renders `frames` frames, regimes and cameras in turn; returns the annotations' path.

    Raises:
        KeyError: no such split.
    """
    part = SPLITS[split]
    painter = _Painter(street, traces, part, seed)
    images, annotations = [], []
    (out_dir / "images").mkdir(parents=True, exist_ok=True)
    try:
        for number in range(frames):
            if number % RESTYLE_EVERY == 0:
                painter.restyle()
            regime = REGIMES[number % len(REGIMES)]
            camera = part.cameras[(number // len(REGIMES)) % len(part.cameras)]
            drawn = painter.frame_of(regime, camera)
            images.append(_write_image(out_dir, number, drawn))
            annotations += list(_annotations(drawn.view.boxes, number + 1))
            progress(number + 1, frames)
    finally:
        painter.close()
    info = {"description": "rendered junction", "split": split, "seed": seed}
    return _write_coco(out_dir, info, images, annotations)


def _write_image(out_dir: Path, number: int, drawn: _Drawn) -> dict[str, Any]:
    """Write the frame's file; returns its entry in the annotations."""
    file = f"{number:06d}.jpg"
    _write_jpeg(out_dir / "images" / file, drawn.view.image)
    size = {"width": WIDTH, "height": HEIGHT}
    return {"id": number + 1, "file_name": file, **size, **drawn.extras}


def _write_jpeg(path: Path, image: npt.NDArray[np.uint8]) -> None:
    cv2.imwrite(str(path), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def _write_coco(
    out_dir: Path,
    info: dict[str, Any],
    images: list[dict[str, Any]],
    annotations: list[dict[str, Any]],
) -> Path:
    path = out_dir / "annotations.json"
    document = {
        "info": info,
        "images": images,
        "annotations": [{"id": i + 1, **a} for i, a in enumerate(annotations)],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(CLASSES)],
    }
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(document))
    partial.replace(path)  # a folder with annotations is complete
    return path
