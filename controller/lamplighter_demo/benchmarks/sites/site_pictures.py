"""Pictures of one camera that no training saw: first unlabelled ones, then later ones to judge."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from lamplighter_scenes.camera_kinds import draw_cameras
from lamplighter_scenes.cameras import Camera
from lamplighter_scenes.cities import BRAUNSCHWEIG, INGOLSTADT, load_scene, scene_folder
from lamplighter_scenes.datasets.painter import HEIGHT, WIDTH, Drawn, Painter
from lamplighter_scenes.datasets.splits import REGIMES, Split
from lamplighter_scenes.road_users import CLASSES

# Folders inside a camera's: what the site's parent may see, and what it is judged on.
PICTURES, JUDGED = "pictures", "judged"
SEEN_FRAMES, JUDGED_FRAMES = 180, 120
LABELS = "annotations.json"
JPEG_QUALITY = 92

Report = Callable[[str], None]


@dataclass(frozen=True)
class SiteCamera:
    """A camera drawn by a seed, and its parts of the traces' time, as shares.

    `view`: a camera that is there already, in the scenery of that seed.
    """

    city: str
    kind: str
    seed: int
    seen: tuple[float, float]
    judged: tuple[float, float]
    view: Camera | None = None


SITE_CAMERAS = {
    "ingolstadt-low": SiteCamera(INGOLSTADT, "low", 8101, (0.05, 0.5), (0.55, 0.95)),
    "ingolstadt-tele": SiteCamera(INGOLSTADT, "tele", 8102, (0.05, 0.5), (0.55, 0.95)),
    "braunschweig-low": SiteCamera(BRAUNSCHWEIG, "low", 8103, (0.62, 0.74), (0.76, 0.9)),
}


def draw_site(camera: SiteCamera, traces: Path, folder: Path, report: Report) -> None:
    """Both folders, unless they are there already.

    Raises:
        FileNotFoundError: the city was not recorded.
    """
    draw_pictures(camera, traces, folder, report)
    _draw_part(camera, traces, folder / JUDGED, camera.judged, JUDGED_FRAMES, 1, report)


def draw_pictures(camera: SiteCamera, traces: Path, folder: Path, report: Report) -> None:
    """What the site's parent may see, unless it is there already.

    Raises:
        FileNotFoundError: the city was not recorded.
    """
    _draw_part(camera, traces, folder / PICTURES, camera.seen, SEEN_FRAMES, 0, report)


def _draw_part(
    camera: SiteCamera,
    traces_dir: Path,
    folder: Path,
    part: tuple[float, float],
    count: int,
    number: int,
    report: Report,
) -> None:
    if (folder / LABELS).exists() or (folder / "complete").exists():
        return
    street, traces = load_scene(scene_folder(traces_dir, camera.city))
    view = camera.view or draw_cameras(camera.kind, street, traces["day"], 1, camera.seed)[0]
    painter = Painter(street, traces, Split(*part, (view,), 0.0), camera.seed)
    painter.go_on_from(np.random.default_rng((camera.seed, number)).bit_generator.state)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    try:  # one scenery: the camera stays where it is
        drawn = [painter.frame_of(REGIMES[i % len(REGIMES)], view) for i in range(count)]
    finally:
        painter.close()
    for index, frame in enumerate(drawn):
        path = folder / "images" / f"{index:06d}.jpg"
        cv2.imwrite(
            str(path), frame.view.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )
    if number:
        (folder / LABELS).write_text(json.dumps(_coco(drawn)))
    else:  # its labels stay unknown
        (folder / "complete").touch()
    report(f"drew {count} pictures in {folder}")


def _coco(drawn: list[Drawn]) -> dict[str, Any]:
    size = {"width": WIDTH, "height": HEIGHT}
    notes = [
        {"image_id": i, "category_id": int(kind) + 1, "bbox": [x1, y1, x2 - x1, y2 - y1]}
        for i, frame in enumerate(drawn)
        for x1, y1, x2, y2, kind in frame.view.boxes.tolist()
    ]
    return {
        "images": [
            {"id": i, "file_name": f"{i:06d}.jpg", **size, **frame.extras}
            for i, frame in enumerate(drawn)
        ],
        "annotations": notes,
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(CLASSES)],
    }
