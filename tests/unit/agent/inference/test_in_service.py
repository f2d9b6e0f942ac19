"""What all threads see of serving."""

import numpy as np
import pytest
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.inference.tally import LATENCIES_KEPT
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.runtimes.engine import FakeEngine
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import OperatingPoint, Rung

from tests.simulators.traffic import boxes
from tests.unit.agent.inference.test_serve_loop import DAY, MANIFEST, Street

SETTINGS = AgentSettings(fps_floor=2.0, fps_cap=8.0)


class Device:
    """What is in service, without a loop."""

    def __init__(self, settings: AgentSettings = SETTINGS) -> None:
        self.clock = ManualClock()
        self.camera, self.street = Street(self.clock), StreetMonitor(settings)
        self.stream = Stream(settings, self.camera, self.street)
        self.in_service = InService(self.clock, [self.stream])

    def serve(self, **point: object) -> Serving:
        rung = Rung(point=OperatingPoint(**point))  # type: ignore[arg-type]
        serving = Serving(rung, MANIFEST, FakeEngine())
        self.in_service.swap(serving)
        return serving


def test_an_exchange_begins_the_figures_anew_and_keeps_the_totals() -> None:
    device = Device()
    state, first = device.in_service, device.serve(variant="first")
    state.add_frame(device.stream, first, 5.0)
    state.add_error(device.stream, first)
    state.add_dropped(device.stream, first, 2)
    device.clock.advance(3.0)
    served = state.served()
    assert (served.frames, served.errors, served.dropped) == (1, 1, 3)
    assert (served.latencies_ms, served.seconds) == ((5.0,), 3.0)
    device.serve(variant="second")
    assert state.served().frames == state.served().errors == state.served().dropped == 0
    assert (state.frames, state.dropped) == (1, 3)


def test_what_no_longer_serves_moves_no_figure_of_what_does() -> None:
    device = Device()
    state, left = device.in_service, device.serve(variant="left")
    device.serve(variant="next")
    state.add_frame(device.stream, left, 5.0)
    state.add_error(device.stream, left)
    state.add_dropped(device.stream, left, 2)
    served = state.served()
    assert (served.frames, served.latencies_ms, served.errors, served.dropped) == (0, (), 0, 0)
    assert (state.frames, state.dropped) == (1, 3)


def test_the_newest_latencies_are_kept() -> None:
    device = Device()
    serving = device.serve()
    for k in range(LATENCIES_KEPT + 5):
        device.in_service.add_frame(device.stream, serving, float(k))
    assert device.in_service.served().latencies_ms[0] == 5.0


@pytest.mark.parametrize(
    ("demand_fps", "camera_fps", "point_fps", "fps"),
    [
        (3.0, 5.0, 0.0, 3.0),
        (7.0, 5.0, 0.0, 5.0),
        (7.0, 0.0, 0.0, 7.0),
        (20.0, 30.0, 0.0, 8.0),
        (7.0, 5.0, 4.0, 4.0),
    ],
)
def test_the_rate_is_as_demanded_within_camera_settings_and_point(
    demand_fps: float, camera_fps: float, point_fps: float, fps: float
) -> None:
    device = Device()
    device.street.demand_fps, device.camera.fps = demand_fps, camera_fps
    device.serve(fps=point_fps)
    assert device.in_service.fps_of(device.stream) == fps


def test_limits_are_judged_at_the_accepted_rate() -> None:
    device = Device()
    for _ in range(2):  # nothing moves: the floor is demanded
        device.street.follow(device.camera.read(), boxes())
    device.street.demand_fps = 5.0  # a moment's motion
    assert device.in_service.fps_of(device.stream) == 5.0
    assert device.in_service.fps_accepted == 2.0


def test_without_a_model_there_is_no_threshold() -> None:
    device = Device()
    assert device.in_service.threshold(DAY) == 0.0
    device.serve()
    assert device.in_service.threshold(DAY) == MANIFEST.thresholds["day-dry-free"]
    device.in_service.swap(Serving(Rung(), Manifest(), FakeEngine(np.zeros((0, 6), np.float32))))
    assert device.in_service.threshold(DAY) > 0
