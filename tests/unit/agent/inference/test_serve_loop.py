"""The serve loop over a fake engine, a street of grey pictures and a clock turned by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import av
import numpy as np
import pytest
from lamplighter_agent.camera.burst import APART_S
from lamplighter_agent.camera.frame import Frame, frame_of
from lamplighter_agent.configuration.in_force import SettingsInForce
from lamplighter_agent.errors import EngineError, SourceError
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serve_loop import Listeners, ServeLoop
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.inference.turn import Turn
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.monitoring.process import DeviceMeter
from lamplighter_agent.monitoring.sensors.energy import CpuTimeEstimate
from lamplighter_agent.own_street import CountLine
from lamplighter_agent.perception.frame_inference import FrameResult
from lamplighter_agent.runtimes.engine import FakeEngine, Images, Outputs
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import (
    CameraFacts,
    OperatingPoint,
    Regime,
    Rung,
    Shift,
    Telemetry,
    Workload,
)

DAY, NIGHT = Regime(), Regime(light="night")
SURE = [0.2, 0.2, 0.4, 0.6, 0.9, 0]
FAINT = [0.6, 0.5, 0.7, 0.9, 0.4, 6]
MANIFEST = Manifest(thresholds={"": 0.3, str(DAY): 0.35, str(NIGHT): 0.5})


class Street:
    """A camera whose light can be set, and which can give what is no picture."""

    state, reason, fps, busy_cores = "ok", "", 5.0, 0.0

    def __init__(self, clock: ManualClock) -> None:
        self._clock, self.light = clock, 0.6
        self.damaged = False

    def want(self, fps: float, width: int, height: int) -> None:
        """It gives what it gives."""

    def read(self) -> Frame:
        picture = np.full((48, 64, 3), int(255 * self.light), np.uint8)
        frame = frame_of(picture, self._clock.time())
        # A picture without any rows: PyAV refuses to scale it.
        return replace(frame, image=av.VideoFrame(0, 0, "yuv420p")) if self.damaged else frame

    def close(self) -> None:
        self.state = "ended"


class ActingClock(ManualClock):
    """Does something, once, while somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None

    def sleep(self, seconds: float) -> None:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        super().sleep(seconds)


class ClosableEngine(FakeEngine):
    """Fails once it is closed, as a real one does; `meanwhile` happens while it runs."""

    def __init__(self, meanwhile: Callable[[], object] | None = None) -> None:
        super().__init__(np.array([SURE], np.float32))
        self._meanwhile, self._closed = meanwhile, False

    def infer(self, images: Images) -> Outputs:
        if self._meanwhile is not None:
            self._meanwhile()
        if self._closed:
            raise EngineError("the engine is closed")
        return super().infer(images)

    def close(self) -> None:
        self._closed = True


class Heard:
    """What the loop told."""

    def __init__(self) -> None:
        self.windows: list[Telemetry] = []
        self.shifts: list[Shift] = []
        self.detections: list[tuple[str, int]] = []  # regime, boxes
        self.frames_at: list[float] = []


class Bench:
    """A loop, and what stands around it."""

    def __init__(
        self,
        known: Workload | None = None,
        clock: ManualClock | None = None,
        street: type[Street] | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or ManualClock()
        self.street, self.heard = (street or Street)(self.clock), Heard()
        self.engine = FakeEngine(np.array([SURE, FAINT], np.float32))
        chosen = AgentSettings(**({"camera_width": 64, "camera_height": 48} | settings))
        monitor = StreetMonitor(chosen, known)
        self.stream = Stream(chosen, self.street, monitor, next(iter(chosen.streams)))
        self.in_service = InService(self.clock, [self.stream])
        listeners = Listeners(
            on_window=self.heard.windows.append,
            on_shift=self.heard.shifts.append,
            on_frame=self._on_frame,
        )
        self.idle = IdleSlots(self.clock)
        meter = DeviceMeter(CpuTimeEstimate(self.clock, 2.0, 3.0, 0.3))
        self.loop = ServeLoop(
            chosen, self.clock, self.stream, self.in_service, self.idle, meter, listeners
        )

    def _on_frame(self, _frame: Frame, result: FrameResult, _serving: Serving) -> None:
        self.heard.detections.append((str(self.in_service.regime), len(result.answer)))
        self.heard.frames_at.append(self.clock.monotonic())

    def serve(self, engine: FakeEngine | None = None, **point: Any) -> Serving:
        shape = OperatingPoint(**({"width": 64, "height": 64} | point))
        serving = Serving(Rung(point=shape), MANIFEST, engine or self.engine)
        self.in_service.swap(serving)
        return serving

    def run(self, seconds: float) -> None:
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            self.loop.step()


def test_the_threshold_follows_the_regime_with_the_next_frame() -> None:
    bench = Bench()
    bench.serve()
    bench.run(30)
    bench.street.light = 0.0
    bench.run(30)
    assert [str(shift.after.regime) for shift in bench.heard.shifts] == [str(NIGHT)]
    assert set(bench.heard.detections) == {(str(DAY), 2), (str(NIGHT), 1)}
    assert {w.threshold for w in bench.heard.windows} == {0.35, 0.5}
    assert bench.heard.windows[-1].threshold == 0.5


def test_the_same_work_is_no_reference_for_itself() -> None:
    """Points that differ in what becomes of their boxes run the same network."""
    bench, other = Bench(reference_every=1, telemetry_s=5.0), ClosableEngine()
    shown = bench.serve(thresholds={"": 0.2})
    same = Serving(Rung(point=OperatingPoint(width=64, height=64)), MANIFEST, other)
    bench.in_service.references = (same,)
    bench.run(12)
    assert {window.reference_agreement_f1 for window in bench.heard.windows} == {None}
    larger = OperatingPoint(width=128, height=128)
    better = Serving(Rung(point=larger), MANIFEST, other)
    bench.in_service.references = (better, same)
    bench.run(12)
    last = bench.heard.windows[-1]
    assert last.reference_agreement_f1 is not None
    assert (last.reference, last.reference_weaker) == ("@128x128", False)
    bench.in_service.references = (same, better)
    bench.run(12)
    last = bench.heard.windows[-1]
    assert (last.reference, last.reference_weaker) == ("@128x128", True), "the best one serves"
    assert shown.thresholds(NIGHT)[""] == 0.2


def test_a_point_that_names_a_threshold_has_its_way_in_every_regime() -> None:
    bench = Bench()
    serving = bench.serve(thresholds={"": 0.2, "person": 0.95})
    assert serving.thresholds(NIGHT) == {"": 0.2, "person": 0.95}
    bench.street.light = 0.0
    bench.run(30)
    assert {count for _, count in bench.heard.detections} == {1}
    partly = bench.serve(thresholds={"person": 0.95})
    assert partly.thresholds(NIGHT) == {"": 0.5, "person": 0.95}


@pytest.mark.parametrize(
    ("known", "score"),
    [({}, 0.35), ({"": 0.3}, 0.3), ({"": 0.3, "night-dry-free": 0.6}, 0.6)],
)
def test_a_regime_without_a_threshold_takes_the_general_one(
    known: dict[str, float], score: float
) -> None:
    serving = Serving(Rung(), Manifest(thresholds=known), FakeEngine())
    assert serving.thresholds(NIGHT) == {"": score}


def test_pictures_that_cannot_be_converted_are_dropped_frames_and_no_end() -> None:
    bench = Bench()
    bench.serve()
    bench.street.damaged = True
    bench.run(5)
    assert bench.in_service.frames == 0
    assert bench.in_service.dropped > 0
    with pytest.raises(SourceError, match="picture"):
        bench.street.read().luma()
    bench.street.damaged = False
    bench.run(5)
    assert bench.in_service.frames > 0


def test_a_restart_at_night_is_no_shift() -> None:
    night = Workload(regime=NIGHT, fps_demand=1.0)
    bench = Bench(known=night)
    bench.serve()
    bench.street.light = 0.0
    bench.run(30)
    assert bench.heard.shifts == []
    assert set(bench.heard.detections) == {(str(NIGHT), 1)}


def test_what_is_new_is_looked_at_twice_and_nothing_is_called_lost() -> None:
    bench = Bench(fps_floor=1.0)
    bench.serve()
    bench.run(6)
    gaps_s = np.diff(bench.heard.frames_at)
    assert gaps_s[0] == pytest.approx(APART_S)  # both objects are new in the first frame
    assert gaps_s[1:] == pytest.approx(1.0)  # and known ever after
    assert bench.in_service.dropped == 0


def test_what_is_exchanged_while_the_loop_waits_serves_the_next_frame() -> None:
    clock = ActingClock()
    bench, left = Bench(clock=clock), ClosableEngine()
    bench.serve(left)
    bench.loop.step()

    def roll_back() -> None:
        bench.serve(variant="good")
        left.close()

    clock.meanwhile = roll_back
    bench.loop.step()
    assert (bench.in_service.frames, bench.in_service.dropped) == (2, 0)
    served = bench.in_service.served()
    assert (served.frames, served.errors, served.dropped) == (1, 0, 0)


def test_what_is_exchanged_while_the_camera_gives_a_frame_serves_it() -> None:
    bench, left = Bench(), ClosableEngine()
    bench.serve(left)
    read = bench.street.read

    def roll_back_and_read() -> Frame:
        bench.serve(variant="good")
        left.close()
        return read()

    bench.street.read = roll_back_and_read  # type: ignore[method-assign]
    bench.loop.step()
    assert (bench.in_service.frames, bench.in_service.dropped) == (1, 0)


def test_what_fails_on_the_point_just_left_does_not_count_against_the_next() -> None:
    bench = Bench()

    def leave() -> None:
        bench.serve(variant="next")
        engine.close()

    engine = ClosableEngine(meanwhile=leave)
    bench.serve(engine)
    bench.loop.step()
    assert bench.in_service.dropped == 1
    served = bench.in_service.served()
    assert (served.frames, served.errors, served.dropped) == (0, 0, 0)


def test_slots_that_the_point_just_left_has_missed_do_not_count_against_the_next() -> None:
    bench = Bench(fps_floor=1.0)
    bench.serve(ClosableEngine(meanwhile=lambda: bench.clock.sleep(3.5)))
    bench.loop.step()
    bench.serve(variant="next")
    bench.loop.step()
    assert bench.in_service.dropped == 2
    assert bench.in_service.served().dropped == 0


class SlowTurn(Turn):
    """The engine is busy with another stream for a while."""

    def __init__(self, clock: ManualClock, wait_s: float) -> None:
        super().__init__()
        self._clock, self._wait_s = clock, wait_s

    def __enter__(self) -> None:
        self._clock.advance(self._wait_s)
        super().__enter__()


def test_a_response_is_the_frames_own_time_and_its_wait_for_the_engine() -> None:
    bench = Bench()
    bench.idle.turn = SlowTurn(bench.clock, 0.03)
    bench.serve()
    bench.run(12)
    served, window = bench.in_service.served(bench.stream), bench.heard.windows[-1]
    waits = [b - a for a, b in zip(served.latencies_ms, served.responses_ms, strict=True)]
    assert waits == pytest.approx([30.0] * served.frames)
    assert window.response_p95_ms == pytest.approx(window.latency_p95_ms + 30.0, abs=5.0)


def test_windows_and_shifts_name_their_stream() -> None:
    bench = Bench(sources={"south": "a"})
    bench.serve()
    bench.run(30)
    bench.street.light = 0.0
    bench.run(30)
    assert {window.stream for window in bench.heard.windows} == {"south"}
    assert [shift.stream for shift in bench.heard.shifts] == ["south"]


class SlowStreet(Street):
    """Gives five frames a second, each when it comes, and claims more."""

    fps = 0.0

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self._next_s = 0.0

    def read(self) -> Frame:
        now_s = self._clock.monotonic()
        self._next_s = max(self._next_s, now_s // 0.2 * 0.2) + 0.2
        self._clock.sleep(max(self._next_s - now_s, 0.0))
        return super().read()


def test_a_camera_that_is_slower_than_what_is_demanded_costs_the_device_no_frames() -> None:
    bench = Bench(fps_floor=12.0, fps_cap=15.0, street=SlowStreet)
    bench.serve()
    bench.run(30)
    windows = bench.heard.windows
    assert {window.dropped for window in windows} == {0}
    assert [window.fps_served for window in windows] == pytest.approx(
        [5.0] * len(windows), rel=0.05
    )


def test_no_more_is_demanded_than_the_camera_gives() -> None:
    bench = Bench(fps_floor=12.0, fps_cap=15.0)
    bench.serve()
    bench.run(30)
    assert {window.fps_demand for window in bench.heard.windows[1:]} == {5.0}
    assert bench.stream.workload.fps_demand == 5.0


def test_what_the_camera_gives_is_known_from_its_frames() -> None:
    bench = Bench()
    assert bench.stream.facts == CameraFacts(fps=5.0)
    bench.serve()
    bench.run(5)
    assert bench.stream.facts == CameraFacts(fps=5.0, width=64, height=48, bits=8)


def test_lines_stay_where_they_are_in_the_picture_whatever_its_size() -> None:
    lines = (CountLine("gate", 320, 0, 320, 480),)
    drawn = Bench(camera_width=640, camera_height=480, lines=lines)
    drawn.serve()
    drawn.run(5)
    (gate,) = drawn.stream.monitor._counter._lines  # noqa: SLF001 - nothing crosses this street
    assert (gate.x1, gate.y2) == (32.0, 48.0)


def test_other_settings_hold_from_a_window_of_their_own() -> None:
    bench = Bench(telemetry_s=10.0)
    bench.serve()
    bench.run(13)
    settings = AgentSettings(telemetry_s=5.0, fps_floor=2.0, fps_cap=2.0)
    bench.loop.adopt(SettingsInForce(settings, version=4, settings_version=4, street_version=2))
    bench.run(12)
    windows = bench.heard.windows
    assert [(w.configuration, w.street) for w in windows] == [(0, 0), (0, 0), (4, 2), (4, 2)]
    assert windows[0].seconds == pytest.approx(10, abs=0.3)
    assert windows[1].seconds < 5, "it ends with the next frame"
    assert windows[-1].seconds == pytest.approx(5, abs=0.6)
    assert windows[-1].frames == pytest.approx(10, abs=2)
