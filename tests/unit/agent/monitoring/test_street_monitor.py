"""What the street's monitor adds to a window."""

import numpy as np
import pytest
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.monitoring.street_monitor import StreetMonitor
from lamplighter_agent.settings import AgentSettings, CountLine
from lamplighter_wire.messages import Telemetry

from tests.simulators.traffic import box, boxes

LINES = (CountLine("middle", 320, 0, 320, 480),)


def test_a_window_is_completed_once_with_what_was_seen_in_it() -> None:
    monitor = StreetMonitor(AgentSettings(lines=LINES))
    for k in range(40):
        frame = frame_of(np.full((480, 640, 3), 64, np.uint8), at=k * 0.2)
        shift = monitor.follow(frame, boxes(box(200 + 8 * k, 240, score=0.8), box(100, 100)))
        assert shift is None
    window = monitor.complete(Telemetry(device="cam", seconds=8.0))
    assert window.device == "cam"
    assert window.density == 2
    assert window.median_confidence == pytest.approx(0.85)
    assert sum(n for classes in window.counts.values() for n in classes.values()) == 1
    assert window.count_imbalance == 1
    assert 0.1 < window.brightness < 0.4
    assert window.motion > 20
    empty = monitor.complete(Telemetry(seconds=8.0))
    assert (empty.density, empty.counts, empty.median_confidence) == (0, {}, 0)
