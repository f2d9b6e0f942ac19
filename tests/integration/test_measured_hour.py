"""The uncut measured hour of the junction through the shift detector: one street, no shift."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_agent.monitoring.shift_detector import ShiftDetector
from lamplighter_agent.monitoring.shift_settings import ShiftSettings
from lamplighter_agent.monitoring.workload_history import WorkloadSample
from lamplighter_agent.perception.frame_rate_demand import MotionWindow
from lamplighter_agent.perception.tracking import Tracks
from lamplighter_scenes.cameras import CAMERAS
from lamplighter_scenes.trace import load_trace

WIDTH, HEIGHT = 640, 480
TRACE = Path(__file__).parents[2] / "deploy/demo/traces/day.npz"
STEP_S = 0.25
LEAST_PX = 10.0
HALF_M = {"person": 0.3, "bicycle": 0.5, "motorcycle": 0.5, "bus": 1.5, "truck": 1.4}


def seen(matrix, users):
    """{track: (box, foot)} of what is in the picture, as upright boxes around the middle."""
    boxes = {}
    for user in users:
        half = HALF_M.get(user.kind, 1.0)
        points = [(user.x_m, user.y_m, 0, 1), (user.x_m, user.y_m, 1.5, 1)]
        low, high = np.array(points) @ matrix.T
        if low[3] < 1:
            continue
        x, y = (low[0] / low[3] + 1) * WIDTH / 2, (1 - low[1] / low[3]) * HEIGHT / 2
        top = (1 - high[1] / high[3]) * HEIGHT / 2
        width = 2 * half / 1.5 * (y - top)
        if 0 < x < WIDTH and top > 0 and y < HEIGHT and y - top > LEAST_PX:
            boxes[user.track] = (x - width / 2, top, x + width / 2, y)
    return boxes


def tracks_at(trace, matrix, time_s):
    """What a perfect tracker says."""
    before, now = seen(matrix, trace.at(time_s - STEP_S)), seen(matrix, trace.at(time_s))
    ids = sorted(set(before) & set(now))
    old = np.array([before[i] for i in ids], np.float32).reshape(-1, 4)
    new = np.array([now[i] for i in ids], np.float32).reshape(-1, 4)
    moved = ((new - old)[:, :2] + (new - old)[:, 2:]) / 2 / STEP_S
    none = np.zeros((len(ids), 2), np.float32)
    numbers = np.array(ids, np.int64)
    earlier = np.full(len(ids), time_s - STEP_S)
    return Tracks(time_s, numbers, new, moved, np.zeros_like(numbers), none, earlier, none)


@pytest.mark.slow
def test_an_ordinary_hour_has_at_most_one_shift():
    trace = load_trace(TRACE)
    matrix = np.asarray(CAMERAS["south-arm"].matrix(WIDTH, HEIGHT), np.float64)
    settings = ShiftSettings()
    detector, motion = ShiftDetector(settings), MotionWindow(settings.motion_s)
    state, shifts = detector.start(), []
    for second in range(1, int(trace.duration_s), 2):
        tracks = tracks_at(trace, matrix, float(second))
        motion.add(tracks)
        sample = WorkloadSample(
            float(second), len(tracks), 0.25, 0.0, motion.demand(1, 15), motion.motion()
        )
        state, shift = detector.step(state, sample)
        if shift is not None:
            shifts.append(shift)
    # The record begins with an empty street that fills: that much is true. Then nothing more.
    assert [str(s.after.regime) for s in shifts if s.before.regime != s.after.regime] in (
        [],
        ["day-dry-jam"],
    )
    assert [s for s in shifts if s.at > 300] == []
