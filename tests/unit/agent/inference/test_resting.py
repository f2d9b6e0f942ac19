"""A serve loop whose network rests while nothing moves: what is told of it, and when it may not."""

import numpy as np
import pytest
from lamplighter_agent.camera.frame import Frame, frame_of
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serve_loop import Listeners, ServeLoop
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.monitoring.process import DeviceMeter
from lamplighter_agent.monitoring.sensors.energy import CpuTimeEstimate
from lamplighter_agent.perception.frame_inference import FrameResult
from lamplighter_agent.perception.resting.change_gate import ChangeGate
from lamplighter_agent.runtimes.engine import FakeEngine, Images, Outputs
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import OperatingPoint, Rung, Telemetry
from lamplighter_wire.policy.device_policy import DevicePolicy
from lamplighter_wire.rules.breach import fps_asked, lost_share

ASKED = DevicePolicy(least_still_share=0.2, longest_rest_s=5.0)
WINDOW_S, QUIET_S = 10.0, 200.0


class EmptyStreet:
    """A camera in front of which a car may stand; on a parked one nobody is found."""

    state, reason, fps, busy_cores = "ok", "", 5.0, 0.0

    def __init__(self, clock: ManualClock) -> None:
        self._clock, self.has_car = clock, False

    def want(self, fps: float, width: int, height: int) -> None:
        """It gives what it gives."""

    def read(self) -> Frame:
        picture = np.full((120, 160, 3), 40, np.uint8)
        if self.has_car:
            picture[40:80, 40:100] = 160
        return frame_of(picture, self._clock.time())

    def close(self) -> None:
        self.state = "ended"


class CarFinder(FakeEngine):
    """Finds the car, and fails to where it is told so."""

    def __init__(self, street: EmptyStreet) -> None:
        super().__init__(np.zeros((0, 6), np.float32))
        self._street = street

    def infer(self, images: Images) -> Outputs:
        found = [[0.25, 0.3, 0.6, 0.7, 0.9, 0]] if self._street.has_car else []
        self.boxes = np.array(found, np.float32).reshape(-1, 6)
        return super().infer(images)


class Bench:
    """A loop that may rest, and what it told."""

    def __init__(self, policy: DevicePolicy = ASKED) -> None:
        self.clock = ManualClock()
        self.street = EmptyStreet(self.clock)
        self.windows: list[Telemetry] = []
        self.seen: list[int] = []  # boxes of each frame that was served
        settings = AgentSettings(fps_floor=1.0, telemetry_s=WINDOW_S)
        stream = Stream(settings, self.street, StreetMonitor(settings))
        self.in_service = InService(self.clock, [stream])
        self.engine = CarFinder(self.street)
        self.loop = ServeLoop(
            settings,
            self.clock,
            stream,
            self.in_service,
            IdleSlots(self.clock),
            DeviceMeter(CpuTimeEstimate(self.clock, 2.0, 3.0, 0.3)),
            Listeners(on_window=self.windows.append, on_frame=self._on_frame),
            gate=ChangeGate(lambda: policy),
        )
        point = OperatingPoint(width=64, height=64)
        self.in_service.swap(Serving(Rung(point=point), Manifest(), self.engine))

    def _on_frame(self, _frame: Frame, result: FrameResult, _serving: Serving) -> None:
        self.seen.append(len(result.answer))

    def run(self, seconds: float) -> None:
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            self.loop.step()


@pytest.fixture
def quiet() -> Bench:
    bench = Bench()
    bench.run(QUIET_S)
    return bench


def test_frames_that_the_network_did_not_see_are_told_as_such(quiet: Bench) -> None:
    first, last = quiet.windows[0], quiet.windows[-1]
    assert (first.frames, first.rested) == (11, 0), "one of them opens the window"
    assert (last.frames, last.rested, last.dropped) == (2, 8, 0)
    assert last.watched_s == pytest.approx(last.seconds), "they were watched all the same"
    assert last.fps_served == pytest.approx(0.2, abs=0.03), "no more than it has served"
    assert last.latency_p95_ms > 0
    assert fps_asked(last) == pytest.approx(1.0, abs=0.1)
    assert lost_share(last) == 0.0
    assert sum(w.frames for w in quiet.windows) <= quiet.engine.calls


def test_what_comes_is_seen_at_once_and_followed_until_it_has_gone(quiet: Bench) -> None:
    quiet.seen.clear()
    quiet.street.has_car = True
    quiet.run(30)
    assert quiet.seen[:2] == [1, 1]
    assert len(quiet.seen) >= 30, "who is followed is looked at in every frame"
    quiet.street.has_car = False
    quiet.run(60)
    assert quiet.windows[-1].rested == 8


def test_the_street_is_judged_meanwhile_by_what_is_known(quiet: Bench) -> None:
    last = quiet.windows[-1]
    assert (last.density, last.fps_demand) == (0.0, 1.0)
    assert last.brightness == pytest.approx(0.1, abs=0.1)


def test_a_candidate_is_proved_by_every_frame(quiet: Bench) -> None:
    with quiet.in_service.proving():
        before = quiet.engine.calls
        quiet.run(20)
        assert quiet.engine.calls - before >= 19
    before = quiet.engine.calls
    quiet.run(20)
    assert quiet.engine.calls - before <= 6


def test_it_does_not_rest_while_a_run_waits_for_the_next_frame(quiet: Bench) -> None:
    class Waiting:
        calls = 0

        def infer(self, frame: Frame, regime: object, serving: Serving) -> FrameResult:
            self.calls += 1
            return serving.infer(frame, quiet.in_service.regime)

    run = Waiting()
    with quiet.in_service.beside_next_frame(run):
        quiet.loop.step()
    assert run.calls == 1


def test_without_the_policys_word_every_frame_is_served() -> None:
    bench = Bench(DevicePolicy())
    bench.run(QUIET_S)
    assert {window.rested for window in bench.windows} == {0}
    assert bench.windows[-1].frames == 10
