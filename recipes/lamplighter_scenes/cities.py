"""The cities whose junctions are recorded: where their scenes lie, and how they are made."""

import logging
from pathlib import Path

from lamplighter_scenes.street import Street, load_street, save_street
from lamplighter_scenes.trace import Trace, load_trace, save_trace

log = logging.getLogger(__name__)

STREET_FILE = "street.json.gz"
BRAUNSCHWEIG, INGOLSTADT = "braunschweig", "ingolstadt"
REAL_NIGHT = "small-hours"
# city -> trace -> share of the demand, seconds of warm-up, seconds recorded
RECORDINGS = {
    BRAUNSCHWEIG: {
        "night": (0.3, 120, 1200),
        "midday": (0.6, 1200, 900),
        "day": (1.0, 0, 3600),
        "rush": (1.6, 600, 1500),
        REAL_NIGHT: (0.03, 120, 3480),
    },
    INGOLSTADT: {
        "night": (0.3, 120, 1200),
        "day": (1.0, 120, 1200),
        "rush": (1.5, 300, 900),
        REAL_NIGHT: (0.03, 120, 3600),
    },
}


def scene_folder(traces_dir: Path, city: str) -> Path:
    """Where a city's street and traces lie; those of the demo's city lie in the folder itself."""
    return traces_dir if city == BRAUNSCHWEIG else traces_dir / city


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


def record_city(city: str, folder: Path) -> list[Path]:
    """Records a city's street and all its traces with SUMO.

    Raises:
        FileNotFoundError: SUMO is not installed.
    """
    from lamplighter_scenes.sumo import braunschweig, ingolstadt
    from lamplighter_scenes.sumo.geometry import record_street
    from lamplighter_scenes.sumo.recording import record

    scenario = {BRAUNSCHWEIG: braunschweig, INGOLSTADT: ingolstadt}[city].SCENARIO
    street = record_street(scenario)
    folder.mkdir(parents=True, exist_ok=True)
    save_street(street, folder / STREET_FILE)
    written = [folder / STREET_FILE]
    for name, (scale, warm_up_s, duration_s) in RECORDINGS[city].items():
        trace = record(scenario, scale, warm_up_s, duration_s)
        save_trace(trace, folder / f"{name}.npz")
        written.append(folder / f"{name}.npz")
        log.info("recorded %s of %s: %d tracks", name, city, len(trace.tracks))
    return written


def record_traces(traces_dir: Path) -> list[Path]:
    """Records all cities.

    Raises:
        FileNotFoundError: SUMO is not installed.
    """
    return [
        path for city in RECORDINGS for path in record_city(city, scene_folder(traces_dir, city))
    ]
