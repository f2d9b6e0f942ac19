"""What `lamplighter scenes record|render` does: traces of a day, and the clips of the demo day."""

import itertools
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lamplighter_recipes.traffic.cameras import TEST_CAMERAS
from lamplighter_recipes.traffic.clips import COUNTING_LINES, Phase, render_clip
from lamplighter_recipes.traffic.dataset import HEIGHT, WIDTH
from lamplighter_recipes.traffic.renderer import SceneRenderer
from lamplighter_recipes.traffic.street import Street, load_street, save_street
from lamplighter_recipes.traffic.trace import Trace, load_trace, save_trace

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

# (hour, share of the measured hour's demand); linear in between, and round midnight
DAY_PROFILE = (
    (0.0, 0.12),
    (4.0, 0.06),
    (6.0, 0.5),
    (7.5, 1.6),
    (9.5, 0.9),
    (12.0, 1.0),
    (14.5, 1.0),
    (16.5, 1.6),
    (18.5, 1.0),
    (21.0, 0.4),
    (24.0, 0.12),
)

# Taken from the tenth of the traces that neither training nor evaluation draws from.
DEMO_DAY = (
    Phase("night", "night", 1085.0, 45.0, "night", "dry", 11),
    Phase("morning-rush", "rush", 1355.0, 45.0, "day", "dry", 21),
    Phase("midday-rain", "midday", 830.0, 45.0, "day", "rain", 31),
    Phase("evening-rush", "rush", 1445.0, 45.0, "day", "dry", 42),
    Phase("late-night", "night", 1140.0, 45.0, "night", "dry", 51),
)
SAMPLE_PHASE = Phase("sample", "day", 3300.0, 3.0, "day", "dry", 61)


def day_profile(hour: float) -> float:
    """Demand at an hour of the day (0 to 24), as a share of the measured hour's."""
    within = hour % 24.0
    for (h0, s0), (h1, s1) in itertools.pairwise(DAY_PROFILE):
        if h0 <= within <= h1:
            return s0 + (s1 - s0) * (within - h0) / (h1 - h0)
    raise AssertionError("the profile covers the day")


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


def record_traces(out_dir: Path, names: Sequence[str] = tuple(RECORDINGS)) -> list[Path]:
    """Records the street and the named traces with SUMO.

    Raises:
        FileNotFoundError: SUMO is not installed.
    """
    from lamplighter_recipes.traffic import sumo

    out_dir.mkdir(parents=True, exist_ok=True)
    save_street(sumo.record_street(), out_dir / STREET_FILE)
    written = [out_dir / STREET_FILE]
    for name in names:
        scale, warm_up_s, duration_s = RECORDINGS[name]
        trace = sumo.record(scale, warm_up_s, duration_s)
        save_trace(trace, out_dir / f"{name}.npz")
        written.append(out_dir / f"{name}.npz")
        log.info("recorded %s: %d tracks", name, len(trace.tracks))
    return written


def render_clips(
    scene_dir: Path,
    out_dir: Path,
    cameras: Sequence[str] = TEST_CAMERAS,
    phases: Sequence[Phase] = DEMO_DAY,
) -> list[dict[str, Any]]:
    """Renders each phase from each camera, a playlist per camera; the truths without frames."""
    street, traces = load_scene(scene_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    renderer = SceneRenderer(WIDTH, HEIGHT, street, DEMO_SCENERY_SEED)
    truths = []
    try:
        for phase in phases:
            for camera in cameras:
                truths.append(render_clip(out_dir, renderer, traces[phase.trace], phase, camera))
                log.info("rendered %s from %s: %s", phase.name, camera, truths[-1]["regime"])
    finally:
        renderer.close()
    for camera in cameras:
        write_playlist(out_dir, camera, phases)
    return truths


def write_playlist(out_dir: Path, camera: str, phases: Sequence[Phase]) -> Path:
    """`CAMERA.playlist.json`, as the agent's `playlist:FILE` source reads it, with its lines."""
    path = out_dir / f"{camera}.playlist.json"
    items = [{"clip": f"{camera}-{phase.name}.mp4", "phase": phase.name} for phase in phases]
    lines = [
        {"name": line.name, "x1": line.x1, "y1": line.y1, "x2": line.x2, "y2": line.y2}
        for line in COUNTING_LINES[camera]
    ]
    document = {"items": items, "loop": False, "lines": lines}
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path
