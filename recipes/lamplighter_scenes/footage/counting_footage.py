"""Footage that counting is measured on: longer than the shipped clips, made by command.

Two sets, each of three cameras of two cities, through all regimes: "tuning", whose cameras a
tracker may be tuned on, and "held-out", whose cameras and minutes nothing was tuned on. The cameras
of the second were never in a training set, and one hangs in a city that nothing was trained on.
The same cameras at other times, through the hours of a day, are the set "day".
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lamplighter_scenes.cameras import CAMERAS, Camera
from lamplighter_scenes.cities import BRAUNSCHWEIG, INGOLSTADT, load_scene, scene_folder
from lamplighter_scenes.clips import VIEWPOINTS, Phase, Viewpoint, render_clip
from lamplighter_scenes.crossings import Line
from lamplighter_scenes.datasets.painter import HEIGHT, WIDTH
from lamplighter_scenes.footage.day_footage import DAY_PHASES
from lamplighter_scenes.footage.day_footage import SET as DAY
from lamplighter_scenes.rendering.renderer import SceneRenderer
from lamplighter_scenes.trace import Trace

log = logging.getLogger(__name__)

SCENERY_SEEDS = {BRAUNSCHWEIG: 4004, INGOLSTADT: 4104}
# Who is tuned on sees other minutes of a trace, under other skies.
EARLIER_S, OTHER_SKIES = 160.0, 500

PHASES: dict[str, tuple[Phase, ...]] = {
    BRAUNSCHWEIG: (
        Phase("free-day", "day", 3240.0, 75.0, "day", "dry", 61),
        Phase("free-rain", "midday", 820.0, 75.0, "day", "rain", 62),
        Phase("jam-day", "rush", 1420.0, 75.0, "day", "dry", 63),
        Phase("jam-rain", "rush", 1340.0, 75.0, "day", "rain", 64),
        Phase("free-night", "night", 1120.0, 75.0, "night", "dry", 65),
        Phase("jam-night", "rush", 1260.0, 75.0, "night", "dry", 66),
        Phase("rain-night", "night", 1040.0, 75.0, "night", "rain", 67),
    ),
    INGOLSTADT: (
        Phase("free-day", "day", 1100.0, 75.0, "day", "dry", 71),
        Phase("free-rain", "day", 1020.0, 75.0, "day", "rain", 72),
        Phase("jam-day", "rush", 820.0, 75.0, "day", "dry", 73),
        Phase("jam-rain", "rush", 740.0, 75.0, "day", "rain", 74),
        Phase("free-night", "night", 1120.0, 75.0, "night", "dry", 75),
        Phase("jam-night", "rush", 660.0, 75.0, "night", "dry", 76),
        Phase("rain-night", "night", 1040.0, 75.0, "night", "rain", 77),
    ),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A viewpoint of a city."""

    city: str
    viewpoint: Viewpoint


_EAST = Camera("ingolstadt-east", (37.0, 8.0, 11.0), (11.0, 13.0, 0.0), 47.0)
_WEST = Camera("ingolstadt-west", (-34.0, -34.0, 10.5), (-27.0, -10.0, 0.0), 49.0)

SETS: dict[str, tuple[Spot, ...]] = {
    "held-out": (
        Spot(BRAUNSCHWEIG, VIEWPOINTS["south-arm"]),
        Spot(BRAUNSCHWEIG, VIEWPOINTS["east-arm"]),
        Spot(
            INGOLSTADT,
            Viewpoint(
                _EAST,
                (
                    Line("east", 470.0, 185.0, 150.0, 330.0),
                    Line("north", 460.0, 90.0, 460.0, 160.0),
                ),
            ),
        ),
    ),
    "tuning": (
        Spot(
            BRAUNSCHWEIG,
            Viewpoint(
                CAMERAS["southwest"],
                (
                    Line("west", 490.0, 250.0, 230.0, 140.0),
                    Line("east", 450.0, 96.0, 450.0, 205.0),
                ),
            ),
        ),
        Spot(
            BRAUNSCHWEIG,
            Viewpoint(
                CAMERAS["northwest"],
                (
                    Line("west", 350.0, 250.0, 250.0, 130.0),
                    Line("south", 400.0, 92.0, 400.0, 205.0),
                ),
            ),
        ),
        Spot(
            INGOLSTADT,
            Viewpoint(
                _WEST,
                (
                    Line("west", 360.0, 290.0, 215.0, 170.0),
                    Line("east", 540.0, 100.0, 540.0, 260.0),
                ),
            ),
        ),
    ),
}


# The day's cameras are those held out, at other times.
SETS[DAY] = SETS["held-out"]


def phases_of(name: str, city: str) -> tuple[Phase, ...]:
    """When a set's cameras in a city look, and under which skies."""
    if name == DAY:
        return DAY_PHASES[city]
    if name == "held-out":
        return PHASES[city]
    return tuple(
        replace(p, start_s=p.start_s - EARLIER_S, sky_seed=p.sky_seed + OTHER_SKIES)
        for p in PHASES[city]
    )


def render_footage(name: str, traces_dir: Path, out_dir: Path) -> list[Path]:
    """Renders a set's clips, those that are not there yet; returns all of them.

    Raises:
        KeyError: no such set.
        FileNotFoundError: a city was not recorded.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    cities = dict.fromkeys(spot.city for spot in SETS[name])
    return [path for city in cities for path in _render_city(name, city, traces_dir, out_dir)]


def _render_city(name: str, city: str, traces_dir: Path, out_dir: Path) -> list[Path]:
    street, traces = load_scene(scene_folder(traces_dir, city))
    views = [spot.viewpoint for spot in SETS[name] if spot.city == city]
    cameras = [view.camera for view in views]
    renderer = SceneRenderer(WIDTH, HEIGHT, street, SCENERY_SEEDS[city], cameras)
    try:
        return _render_phases(renderer, traces, phases_of(name, city), views, out_dir)
    finally:
        renderer.close()


def _render_phases(
    renderer: SceneRenderer,
    traces: Mapping[str, Trace],
    phases: Sequence[Phase],
    views: Sequence[Viewpoint],
    out_dir: Path,
) -> list[Path]:
    paths = []
    for phase in phases:
        for view in views:
            path = out_dir / f"{view.camera.name}-{phase.name}.mp4"
            # The truth is written last: with it, the clip is whole.
            if not path.with_name(f"{path.stem}.truth.json.gz").exists():
                truth = render_clip(out_dir, renderer, traces[phase.trace], phase, view)
                log.info("rendered %s: %s", path.stem, truth["regime"])
            paths.append(path)
    return paths
