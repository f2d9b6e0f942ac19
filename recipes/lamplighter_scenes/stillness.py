"""How often nothing moves in a camera's view."""

from collections.abc import Iterable

import numpy as np

from lamplighter_scenes.camera_kinds import in_view
from lamplighter_scenes.cameras import Camera
from lamplighter_scenes.trace import Trace

MOVES_M = 0.3  # in a second; less is a queue that settles
STEP_S = 1.0


def still_share(trace: Trace, cameras: Iterable[Camera]) -> float:
    """Share of a trace's seconds in which nothing in view moves, mean over the cameras."""
    lenses = list(cameras)
    seconds = range(int(trace.duration_s / STEP_S))
    still = [not _moves(trace, n * STEP_S, camera) for n in seconds for camera in lenses]
    return float(np.mean(still)) if still else 1.0


def _moves(trace: Trace, time_s: float, camera: Camera) -> bool:
    before = {user.track: (user.x_m, user.y_m) for user in trace.at(time_s)}
    after = {user.track: (user.x_m, user.y_m) for user in trace.at(time_s + STEP_S)}
    both = sorted(before.keys() & after.keys())
    if not both:
        return False
    start, end = np.array([before[k] for k in both]), np.array([after[k] for k in both])
    moved = np.hypot(*(end - start).T) > MOVES_M
    return bool((moved & in_view(camera, start)).any())
