"""Rendered data sets: JPEG frames and COCO annotations.

A split has its own part of each trace's time, its own cameras and its own looks of the street, so
that nothing of the test split was seen in training. Folder: `images/*.jpg`, `annotations.json`;
`progress.json` while it is being drawn: the same call goes on where an earlier one ended, and the
pictures are the same as if it had never ended.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from lamplighter_scenes.datasets.painter import HEIGHT, WIDTH, Drawn, Painter
from lamplighter_scenes.datasets.splits import Split
from lamplighter_scenes.road_users import CLASSES
from lamplighter_scenes.street import Street
from lamplighter_scenes.trace import Trace

log = logging.getLogger(__name__)

RESTYLE_EVERY = 40
JPEG_QUALITY = 92
LABELS, PROGRESS = "annotations.json", "progress.json"

Progress = Callable[[int, int], None]


@dataclass
class _Canvas:
    """What was drawn so far: entries of the annotations; `state` is the painter's then."""

    info: Mapping[str, Any]
    images: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    state: Mapping[str, Any] | None = None

    def save(self, folder: Path, state: Mapping[str, Any]) -> None:
        rows = {"images": self.images, "annotations": self.annotations}
        _write_json(folder / PROGRESS, {"info": self.info, "state": state, **rows})

    def resume(self, folder: Path) -> None:
        """Take over what an interrupted call of the same kind has drawn."""
        path = folder / PROGRESS
        if not path.exists():
            return
        before = json.loads(path.read_text())
        if before["info"] == self.info:
            self.images, self.annotations = before["images"], before["annotations"]
            self.state = before["state"]

    def add(self, folder: Path, drawn: Drawn) -> None:
        number = len(self.images)
        self.images.append(_write_image(folder, number, drawn))
        self.annotations += list(_annotations(drawn.view.boxes, number + 1))


def _annotations(boxes: npt.NDArray[np.float32], image_id: int) -> Iterator[dict[str, Any]]:
    for x1, y1, x2, y2, kind in boxes.tolist():
        yield {
            "image_id": image_id,
            "category_id": int(kind) + 1,
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "area": (x2 - x1) * (y2 - y1),
            "iscrowd": 0,
        }


def log_frames(done: int, total: int) -> None:
    """A line for every hundred frames."""
    if done % 100 == 0 or done == total:
        log.info("rendered %d of %d frames", done, total)


def render_dataset(
    out_dir: Path,
    split: Split,
    frames: int,
    seed: int,
    street: Street,
    traces: Mapping[str, Trace],
    *,
    about: Mapping[str, Any] | None = None,
    progress: Progress = log_frames,
) -> Path:
    """Renders `frames` frames, regimes and cameras in turn; returns the annotations' path.

    `about`: what the annotations' `info` says of the split.
    """
    canvas = _Canvas({"description": "rendered junction", **(about or {}), "seed": seed})
    (out_dir / "images").mkdir(parents=True, exist_ok=True)
    canvas.resume(out_dir)
    painter = Painter(street, traces, split, seed)
    try:
        if canvas.state is not None:
            painter.go_on_from(canvas.state)
        for number in range(len(canvas.images), frames):
            if number % RESTYLE_EVERY == 0:
                canvas.save(out_dir, painter.state)
                painter.restyle()
            regime = split.regimes[number % len(split.regimes)]
            camera = split.cameras[(number // len(split.regimes)) % len(split.cameras)]
            canvas.add(out_dir, painter.frame_of(regime, camera))
            progress(number + 1, frames)
    finally:
        painter.close()
    return _write_coco(out_dir, canvas)


def _write_image(out_dir: Path, number: int, drawn: Drawn) -> dict[str, Any]:
    """Write the frame's file; returns its entry in the annotations."""
    file = f"{number:06d}.jpg"
    _write_jpeg(out_dir / "images" / file, drawn.view.image)
    size = {"width": WIDTH, "height": HEIGHT}
    return {"id": number + 1, "file_name": file, **size, **drawn.extras}


def _write_jpeg(path: Path, image: npt.NDArray[np.uint8]) -> None:
    cv2.imwrite(str(path), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def _write_coco(out_dir: Path, canvas: _Canvas) -> Path:
    """A folder with annotations is complete."""
    document = {
        "info": canvas.info,
        "images": canvas.images,
        "annotations": [{"id": i + 1, **a} for i, a in enumerate(canvas.annotations)],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(CLASSES)],
    }
    _write_json(out_dir / LABELS, document)
    (out_dir / PROGRESS).unlink(missing_ok=True)
    return out_dir / LABELS


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(document))
    partial.replace(path)
