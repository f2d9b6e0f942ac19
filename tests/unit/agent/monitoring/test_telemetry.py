"""Measurements of a window in one message."""

import threading
import time

import numpy as np
import pytest
from lamplighter_agent.monitoring.process import DEPLOY_THREAD, DeviceMeter
from lamplighter_agent.monitoring.sensors.energy import CpuTimeEstimate
from lamplighter_agent.monitoring.telemetry import WindowBuilder
from lamplighter_agent.perception.frame_inference import FrameResult
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import OperatingPoint, Regime, Workload


class Meter:
    """Counts a fixed power."""

    source, rel_error = "ina", 0.02

    def __init__(self, clock, power_w):
        self._clock, self._power_w = clock, power_w

    def energy_j(self):
        return self._clock.monotonic() * self._power_w


def result(latency_ms):
    return FrameResult(np.zeros((0, 6), np.float32), latency_ms, latency_ms / 1e3)


def test_a_window_becomes_telemetry():
    clock = ManualClock()
    settings = AgentSettings(device="cam", idle_w=2.0, telemetry_s=10)
    builder = WindowBuilder(settings, clock, DeviceMeter(Meter(clock, 3.0)))
    for k in range(50):
        assert not builder.due
        clock.advance(0.2)
        builder.add(result(20.0 + k % 5))
    builder.add_dropped(4)
    builder.add_agreement(0.8)
    builder.add_agreement(0.9)
    assert builder.due
    point, workload = OperatingPoint(variant="v"), Workload(regime=Regime(), fps_demand=6.0)
    message = builder.close(point, workload)
    assert (message.device, message.frames, message.dropped) == ("cam", 50, 4)
    assert message.seconds == pytest.approx(10)
    assert message.fps_served == pytest.approx(5)
    assert message.fps_demand == 6
    assert message.latency_p50_ms == 22
    assert message.power_w == pytest.approx(3)
    assert message.energy_mj_per_frame == pytest.approx(200)  # (3 - 2) W x 10 s / 50 frames
    assert message.energy_source == "ina"
    assert message.reference_agreement_f1 == pytest.approx(0.85)
    assert message.memory_bytes > 10_000_000
    assert builder.age_s == 0


def test_an_empty_window_is_still_a_message():
    clock = ManualClock()
    builder = WindowBuilder(AgentSettings(), clock, DeviceMeter(Meter(clock, 1.0)))
    message = builder.close(OperatingPoint(), Workload(), source_state="lost")
    assert (message.frames, message.latency_p95_ms, message.energy_mj_per_frame) == (0, 0, 0)
    assert message.reference_agreement_f1 is None
    assert message.source_state == "lost"


def burn(seconds=0.05):
    """Take that much of this thread's CPU time."""
    begun = time.thread_time()
    while time.thread_time() - begun < seconds:
        pass


@pytest.mark.parametrize("estimated", [True, False])
def test_idling_and_frames_make_up_the_power_whatever_the_source(estimated):
    clock, settings = ManualClock(), AgentSettings(idle_w=2.0, active_w_per_core=3.0)
    reader = CpuTimeEstimate(clock, 2.0, 3.0, 0.3) if estimated else Meter(clock, 5.0)
    builder = WindowBuilder(settings, clock, DeviceMeter(reader))
    burn()  # what is not detection counts as well
    clock.advance(1)
    for _ in range(4):
        builder.add(result(1.0))
    message = builder.close(OperatingPoint(), Workload())
    added_w = message.fps_served * message.energy_mj_per_frame / 1e3
    assert settings.idle_w + added_w == pytest.approx(message.power_w)
    assert added_w >= 0.05 * settings.active_w_per_core


def test_a_window_tells_that_a_deployment_worked_in_it():
    clock, worked, over = ManualClock(), threading.Event(), threading.Event()
    builder = WindowBuilder(AgentSettings(), clock, DeviceMeter(Meter(clock, 1.0)))

    def deploy():
        burn(0.6)
        worked.set()
        over.wait()

    thread = threading.Thread(target=deploy, name=DEPLOY_THREAD)
    thread.start()
    worked.wait()
    disturbed = []
    for served in (True, False, True):
        burn(0.3)
        clock.advance(1)
        if served:
            builder.add(result(0.0))
        disturbed.append(builder.close(OperatingPoint(), Workload()).disturbed)
    over.set()
    thread.join()
    assert disturbed == [True, False, False]
    assert builder.beside_cores == pytest.approx(0.3, abs=0.15), "of serving, undisturbed"


def test_streams_share_what_the_device_takes():
    clock, settings = ManualClock(), AgentSettings(idle_w=2.0)
    meter = DeviceMeter(Meter(clock, 3.0))
    north, south = (WindowBuilder(settings, clock, meter, name) for name in ("north", "south"))
    clock.advance(10)
    for _ in range(30):
        north.add(result(20.0))
    for _ in range(10):
        south.add(result(20.0), wait_ms=15.0)
    windows = [builder.close(OperatingPoint(), Workload()) for builder in (north, south)]
    assert [(w.stream, w.frames) for w in windows] == [("north", 30), ("south", 10)]
    for window in windows:
        assert window.power_w == pytest.approx(3), "of the device"
        assert window.energy_mj_per_frame == pytest.approx(250)  # (3 - 2) W x 10 s / 40 frames
    assert [w.response_p95_ms for w in windows] == [20.0, 35.0]
    added_w = sum(w.fps_served * w.energy_mj_per_frame for w in windows) / 1e3
    assert settings.idle_w + added_w == pytest.approx(3), "no frame is paid for twice"
