"""What `lamplighter scenes record|render` does: traces of a day, and the clips of the demo day."""

import json
import logging
from pathlib import Path
from typing import Any

from lamplighter_scenes.cameras import TEST_CAMERAS
from lamplighter_scenes.clips import COUNTING_LINES, Phase, render_clip
from lamplighter_scenes.dataset import HEIGHT, WIDTH
from lamplighter_scenes.rendering.renderer import SceneRenderer
from lamplighter_scenes.street import Street, load_street, save_street
from lamplighter_scenes.trace import Trace, load_trace, save_trace

log = logging.getLogger(__name__)

STREET_FILE = "street.json.gz"
DEMO_SCENERY_SEED = 4004
# name -> share of the measured demand, seconds of warm-up, seconds recorded
RECORDINGS = {
    "night": (0.3, 120, 1200),
    "midday": (0.6, 1200, 900),
    "day": (1.0, 0, 3600),
    "rush": (1.6, 600, 1500),
}

# Taken from the tenth of the traces that neither training nor evaluation draws from.
DEMO_DAY = (
    Phase("night", "night", 1085.0, 45.0, "night", "dry", 11),
    Phase("morning-rush", "rush", 1355.0, 45.0, "day", "dry", 21),
    Phase("midday-rain", "midday", 830.0, 45.0, "day", "rain", 31),
    Phase("evening-rush", "rush", 1445.0, 45.0, "day", "dry", 42),
    Phase("late-night", "night", 1140.0, 45.0, "night", "dry", 51),
)


def load_scene(folder: Path) -> tuple[Street, dict[str, Trace]]:
    """The street and all traces of a folder.

    Raises:
        FileNotFoundError: the folder holds no street.
    """
    if not (folder / STREET_FILE).is_file():
        raise FileNotFoundError(
            f"{folder / STREET_FILE} is missing: run `lamplighter scenes record`"
        )
    traces = {path.stem: load_trace(path) for path in sorted(folder.glob("*.npz"))}
    return load_street(folder / STREET_FILE), traces


def record_traces(out_dir: Path) -> list[Path]:
    """Records the street and all traces with SUMO.

    Raises:
        FileNotFoundError: SUMO is not installed.
    """
    from lamplighter_scenes import sumo

    out_dir.mkdir(parents=True, exist_ok=True)
    save_street(sumo.record_street(), out_dir / STREET_FILE)
    written = [out_dir / STREET_FILE]
    for name, (scale, warm_up_s, duration_s) in RECORDINGS.items():
        trace = sumo.record(scale, warm_up_s, duration_s)
        save_trace(trace, out_dir / f"{name}.npz")
        written.append(out_dir / f"{name}.npz")
        log.info("recorded %s: %d tracks", name, len(trace.tracks))
    return written


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
                truths.append(render_clip(out_dir, renderer, traces[phase.trace], phase, camera))
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
