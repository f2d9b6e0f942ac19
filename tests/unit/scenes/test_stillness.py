"""A share of stillness is counted from what really moves in view."""

from pathlib import Path

import numpy as np
from lamplighter_scenes.cameras import Camera
from lamplighter_scenes.cities import REAL_NIGHT, load_scene
from lamplighter_scenes.datasets.evaluation_sets import SETS, split_of
from lamplighter_scenes.stillness import still_share
from lamplighter_scenes.trace import Trace, Track

TRACES = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "traces"
CAMERA = Camera("one", (0.0, -20.0, 8.0), (0.0, 0.0, 0.0), 45.0)


def driving(seconds: int, y_m: float = 0.0, speed_mps: float = 1.0) -> Track:
    """A car from -5 m on, a step a second."""
    x = -5.0 + np.arange(seconds) * speed_mps
    return Track("car", 0, np.stack([x, np.full(seconds, y_m), np.zeros(seconds)], axis=1))


def test_a_car_that_drives_in_view_moves_and_nothing_else_does() -> None:
    trace = Trace(1.0, 21, (driving(11), driving(21, y_m=-60.0), driving(21, 2.0, 0.0)), {})
    assert still_share(trace, [CAMERA]) == 0.5


def test_a_real_night_is_mostly_still_and_a_day_never() -> None:
    chosen = SETS["braunschweig-real-night"]
    street, traces = load_scene(TRACES)
    cameras = split_of(chosen, street, traces).cameras[:1]
    assert still_share(_first_minutes(traces[REAL_NIGHT]), cameras) > 0.4
    assert still_share(_first_minutes(traces["day"]), cameras) < 0.1


def _first_minutes(trace: Trace) -> Trace:
    return Trace(trace.step_s, 1200, trace.tracks, trace.meta)
