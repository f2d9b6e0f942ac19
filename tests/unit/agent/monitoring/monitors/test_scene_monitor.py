"""What a device tells of whole pictures."""

import numpy as np
import pytest
from lamplighter_agent.camera.frame import Frame, frame_of
from lamplighter_agent.monitoring.monitor import FollowsTask, monitor_factory
from lamplighter_agent.monitoring.monitors.scene_monitor import LIGHT_FRAMES, SceneMonitor
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.messages import Telemetry
from lamplighter_wire.tasks.classification import Classification

TASK = Classification(decoder=Decoder(name="classes", classes=("empty", "queue")))


def frame(level: int, at: float = 0.0) -> Frame:
    return frame_of(np.full((48, 64, 3), level, np.uint8), at)


def rows(best: int, share: float) -> np.ndarray:
    return np.array([[best, share], [1 - best, 1 - share]], np.float32)


@pytest.fixture
def monitor() -> SceneMonitor:
    made = monitor_factory("classification:queues")(AgentSettings(fps_floor=2.0), None)
    assert isinstance(made, SceneMonitor) and isinstance(made, FollowsTask)
    made.follow_task(TASK)
    return made


def test_detectors_of_any_name_are_followed_as_a_street() -> None:
    for task in ("traffic", "detection:crossings"):
        assert isinstance(monitor_factory(task)(AgentSettings(), None), StreetMonitor)


def test_a_window_tells_shares_by_name(monitor: SceneMonitor) -> None:
    for best, share in ((0, 0.9), (0, 0.8), (0, 0.7), (1, 0.6)):
        monitor.follow(frame(120), rows(best, share))
    window = monitor.complete(Telemetry())
    assert window.metrics == pytest.approx(
        {"share_empty": 0.75, "share_queue": 0.25, "median_confidence": 0.75}
    )
    assert monitor.complete(Telemetry()).metrics == {}


def test_a_change_of_light_is_a_shift_once(monitor: SceneMonitor) -> None:
    def shifts(level: int) -> list[str]:
        found = [monitor.follow(frame(level), rows(0, 0.9)) for _ in range(2 * LIGHT_FRAMES)]
        return [shift.after.regime.light for shift in found if shift is not None]

    assert shifts(120) == ["day"]
    assert shifts(30) == []  # dusk: between the limits
    assert shifts(5) == ["night"]
    assert shifts(30) == []
    assert monitor.regime.light == "night"
    assert monitor.accepted_fps(9.0) == 2.0
