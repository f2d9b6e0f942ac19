"""The sets that accuracy is claimed on: streets, cameras and skies that no training saw.

Each is drawn by its own seed, with cameras of one kind that are drawn by it as well.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lamplighter_scenes.camera_kinds import KINDS, draw_cameras
from lamplighter_scenes.cities import (
    BRAUNSCHWEIG,
    INGOLSTADT,
    REAL_NIGHT,
    load_scene,
    scene_folder,
)
from lamplighter_scenes.datasets.dataset import LABELS, Progress, log_frames, render_dataset
from lamplighter_scenes.datasets.splits import REGIMES, SPLITS, Regime, Split
from lamplighter_scenes.stillness import still_share
from lamplighter_scenes.street import Street
from lamplighter_scenes.trace import Trace

log = logging.getLogger(__name__)

LEAST_FRAMES = 360  # of a claim: half of its interval is then about a point
CAMERAS_EACH = 6
NIGHT_RAIN: tuple[Regime, ...] = (("night", "rain", "free"), ("night", "rain", "jam"))
NIGHT: tuple[Regime, ...] = (("night", "dry", "free"), ("night", "rain", "free"))
# Training drew from the Braunschweig traces before this part of them, and never from the others.
PARTS = {BRAUNSCHWEIG: (SPLITS["test"].begin, SPLITS["test"].end), INGOLSTADT: (0.05, 0.95)}


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """One set: a city, a kind of camera, and the skies and traffic of its pictures.

    Attributes:
        trace: see `Split.trace`.
    """

    city: str
    cameras: str
    seed: int
    regimes: tuple[Regime, ...] = REGIMES
    trace: str = ""


SETS: dict[str, EvaluationSet] = {
    **{
        f"{city}-{kind}": EvaluationSet(city, kind, 7000 + 100 * row + column)
        for row, city in enumerate((BRAUNSCHWEIG, INGOLSTADT))
        for column, kind in enumerate(KINDS)
    },
    "braunschweig-night-rain": EvaluationSet(BRAUNSCHWEIG, "ordinary", 7010, NIGHT_RAIN),
    "ingolstadt-night-rain": EvaluationSet(INGOLSTADT, "ordinary", 7110, NIGHT_RAIN),
    "braunschweig-real-night": EvaluationSet(BRAUNSCHWEIG, "ordinary", 7020, NIGHT, REAL_NIGHT),
    "ingolstadt-real-night": EvaluationSet(INGOLSTADT, "ordinary", 7120, NIGHT, REAL_NIGHT),
}


def split_of(chosen: EvaluationSet, street: Street, traces: Mapping[str, Trace]) -> Split:
    """Cameras, time and regimes of a set."""
    begin, end = PARTS[chosen.city] if not chosen.trace else (0.0, 1.0)
    cameras = draw_cameras(chosen.cameras, street, traces["day"], CAMERAS_EACH, chosen.seed)
    return Split(begin, end, tuple(cameras), 0.0, chosen.regimes, chosen.trace)


def render_set(
    name: str,
    out_dir: Path,
    traces_dir: Path,
    frames: int = LEAST_FRAMES,
    progress: Progress = log_frames,
) -> Path:
    """Renders a set, unless it is there already; returns the annotations' path.

    Raises:
        KeyError: no such set.
        FileNotFoundError: its city was not recorded.
    """
    if _is_there(out_dir, name, frames):
        return out_dir / LABELS
    chosen = SETS[name]
    street, traces = load_scene(scene_folder(traces_dir, chosen.city))
    split = split_of(chosen, street, traces)
    about: dict[str, object] = {"split": name, "city": chosen.city, "cameras": chosen.cameras}
    if chosen.trace:
        about["still_share"] = round(still_share(traces[chosen.trace], split.cameras), 3)
    log.info("render %s", name)
    return render_dataset(
        out_dir, split, frames, chosen.seed, street, traces, about=about, progress=progress
    )


def _is_there(folder: Path, name: str, frames: int) -> bool:
    path = folder / LABELS
    if not path.exists():
        return False
    document = json.loads(path.read_text())
    return bool(document["info"].get("split") == name and len(document["images"]) == frames)
