"""What `lamplighter scenes render` does: the clips of the demo day."""

import json
import logging
from pathlib import Path
from typing import Any

from lamplighter_scenes.cameras import TEST_CAMERAS
from lamplighter_scenes.cities import load_scene
from lamplighter_scenes.clips import COUNTING_LINES, VIEWPOINTS, Phase, render_clip
from lamplighter_scenes.datasets.painter import HEIGHT, WIDTH
from lamplighter_scenes.rendering.renderer import SceneRenderer

log = logging.getLogger(__name__)

DEMO_SCENERY_SEED = 4004
# Taken from the tenth of the traces that neither training nor evaluation draws from.
DEMO_DAY = (
    Phase("night", "night", 1085.0, 45.0, "night", "dry", 11),
    Phase("morning-rush", "rush", 1355.0, 45.0, "day", "dry", 21),
    Phase("midday-rain", "midday", 830.0, 45.0, "day", "rain", 31),
    Phase("evening-rush", "rush", 1445.0, 45.0, "day", "dry", 42),
    Phase("late-night", "night", 1140.0, 45.0, "night", "dry", 51),
)


def render_clips(scene_dir: Path, out_dir: Path) -> list[dict[str, Any]]:
    """Renders each phase of the demo day from each test camera, with a playlist per camera.

    Returns the truths without frames.
    """
    street, traces = load_scene(scene_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    renderer = SceneRenderer(WIDTH, HEIGHT, street, DEMO_SCENERY_SEED)
    truths = []
    try:
        for phase in DEMO_DAY:
            for camera in TEST_CAMERAS:
                spot, trace = VIEWPOINTS[camera], traces[phase.trace]
                truths.append(render_clip(out_dir, renderer, trace, phase, spot))
                log.info("rendered %s from %s: %s", phase.name, camera, truths[-1]["regime"])
    finally:
        renderer.close()
    for camera in TEST_CAMERAS:
        write_playlist(out_dir, camera)
    return truths


def write_playlist(out_dir: Path, camera: str) -> Path:
    """`CAMERA.playlist.json`, as the agent's `playlist:FILE` source reads it, with its lines."""
    path = out_dir / f"{camera}.playlist.json"
    items = [{"clip": f"{camera}-{phase.name}.mp4", "phase": phase.name} for phase in DEMO_DAY]
    lines = [
        {"name": line.name, "x1": line.x1, "y1": line.y1, "x2": line.x2, "y2": line.y2}
        for line in COUNTING_LINES[camera]
    ]
    document = {"items": items, "loop": False, "lines": lines}
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path
