import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lamplighter_agent.acceptance.sample import Sample
from lamplighter_agent.acceptance.trial import PASSED, Question, judge
from lamplighter_agent.device.capabilities import (
    Quota,
    cpu_flags,
    cpu_quota,
    read_capabilities,
    usable_memory_bytes,
)
from lamplighter_agent.device.probe import PROBE_NETS, Batch, run_probe, undisturbed_ms
from lamplighter_agent.monitoring.energy import CpuTimeEstimate, RaplReader, find_energy_reader
from lamplighter_agent.monitoring.process import DEPLOY_THREAD
from lamplighter_agent.monitoring.telemetry import WindowBuilder
from lamplighter_agent.perception.detecting import Detections
from lamplighter_agent.perception.light_and_rain import LightAndRain
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import OperatingPoint, Prediction, Regime, Workload
from lamplighter_wire.statistics import percentile


def write(file: Path, value) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{value}\n")
    return file


def test_rapl_survives_its_wrap(tmp_path):
    counter = write(tmp_path / "energy_uj", 900_000)
    write(tmp_path / "max_energy_range_uj", 1_000_000)
    reader = RaplReader(tmp_path)
    write(counter, 950_000)
    assert reader.energy_j() == pytest.approx(0.05)
    write(counter, 150_000)
    assert reader.energy_j() == pytest.approx(0.25)


def test_the_best_sensor_is_taken(tmp_path):
    clock, settings = ManualClock(), AgentSettings()
    assert find_energy_reader(settings, clock, tmp_path).source == "estimate"
    write(tmp_path / "class/power_supply/BAT0/power_now", -5_000_000)
    assert find_energy_reader(settings, clock, tmp_path).source == "battery"
    write(tmp_path / "class/powercap/intel-rapl:0/energy_uj", 1)
    assert find_energy_reader(settings, clock, tmp_path).source == "rapl"
    power = write(tmp_path / "class/hwmon/hwmon2/power1_input", 2_000_000)
    reader = find_energy_reader(settings, clock, tmp_path)
    assert reader.source == "ina"
    clock.advance(10)
    write(power, 4_000_000)
    assert reader.energy_j() == pytest.approx(30)


def test_a_sensor_that_fails_is_estimated_for_as_long(tmp_path):
    clock, settings = ManualClock(), AgentSettings(idle_w=2.0, active_w_per_core=0.0)
    power = write(tmp_path / "class/hwmon/hwmon2/power1_input", 5_000_000)
    reader = find_energy_reader(settings, clock, tmp_path)
    said = []
    for text in ("5000000", "", "5000000", "5000000"):
        clock.advance(10)
        power.write_text(text)
        said.append((reader.energy_j(), reader.source, reader.rel_error))
    assert said == [
        (pytest.approx(50), "ina", 0.02),
        (pytest.approx(70), "estimate", 0.3),
        (pytest.approx(90), "estimate", 0.3),  # since when it could be read, nobody knows
        (pytest.approx(140), "ina", 0.02),
    ]
    power.unlink()
    clock.advance(10)
    assert reader.energy_j() == pytest.approx(160)


def test_the_estimate_counts_idling_and_says_its_band():
    clock = ManualClock()
    reader = CpuTimeEstimate(clock, idle_w=2.0, active_w_per_core=0.0, rel_error=0.3)
    clock.advance(5)
    assert reader.energy_j() == pytest.approx(10)
    assert (reader.source, reader.rel_error) == ("estimate", 0.3)


class Meter:
    """Counts a fixed power."""

    source, rel_error = "ina", 0.02

    def __init__(self, clock, power_w):
        self._clock, self._power_w = clock, power_w

    def energy_j(self):
        return self._clock.monotonic() * self._power_w


def detections(latency_ms, count=3, score=0.8):
    boxes = np.tile(np.array([0, 0, 10, 10, score, 0], np.float32), (count, 1))
    return Detections(boxes, latency_ms, latency_ms / 1e3)


def test_a_window_becomes_telemetry():
    clock = ManualClock()
    settings = AgentSettings(device="cam", idle_w=2.0, telemetry_s=10)
    builder = WindowBuilder(settings, clock, Meter(clock, 3.0))
    for k in range(50):
        assert not builder.due
        clock.advance(0.2)
        builder.add(detections(20.0 + k % 5))
    builder.add_dropped(4)
    builder.add_agreement(0.8)
    builder.add_agreement(0.9)
    builder.add_light(LightAndRain(0.25, 0.0))
    assert builder.due
    point, workload = OperatingPoint(variant="v"), Workload(regime=Regime(), fps_demand=6.0)
    counts = {"n/in": {"car": 3}, "n/out": {"car": 1}}
    message = builder.close(point, workload, counts=counts, track_breaks=2, motion=40.0, seq=7)
    assert (message.device, message.seq, message.frames, message.dropped) == ("cam", 7, 50, 4)
    assert message.seconds == pytest.approx(10)
    assert message.fps_served == pytest.approx(5)
    assert message.fps_demand == 6
    assert message.latency_p50_ms == 22
    assert message.power_w == pytest.approx(3)
    assert message.energy_mj_per_frame == pytest.approx(200)  # (3 - 2) W x 10 s / 50 frames
    assert message.energy_source == "ina"
    assert message.reference_agreement_f1 == pytest.approx(0.85)
    assert message.brightness == 0.25
    assert message.density == 3
    assert message.median_confidence == pytest.approx(0.8)
    assert message.track_breaks_per_min == pytest.approx(12)
    assert message.count_imbalance == pytest.approx(0.5)
    assert message.memory_bytes > 10_000_000
    assert builder.age_s == 0


def test_an_empty_window_is_still_a_message():
    clock = ManualClock()
    builder = WindowBuilder(AgentSettings(), clock, Meter(clock, 1.0))
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
    builder = WindowBuilder(settings, clock, reader)
    burn()  # what is not detection counts as well
    clock.advance(1)
    for _ in range(4):
        builder.add(detections(1.0))
    message = builder.close(OperatingPoint(), Workload())
    added_w = message.fps_served * message.energy_mj_per_frame / 1e3
    assert settings.idle_w + added_w == pytest.approx(message.power_w)
    assert added_w >= 0.05 * settings.active_w_per_core


def test_a_window_tells_that_a_deployment_worked_in_it():
    clock, worked, over = ManualClock(), threading.Event(), threading.Event()
    builder = WindowBuilder(AgentSettings(), clock, Meter(clock, 1.0))

    def deploy():
        burn(0.6)
        worked.set()
        over.wait()

    thread = threading.Thread(target=deploy, name=DEPLOY_THREAD)
    thread.start()
    worked.wait()
    said = []
    for served in (True, False, True):
        burn(0.3)
        clock.advance(1)
        if served:
            builder.add(detections(0.0))
        said.append(builder.close(OperatingPoint(), Workload()).disturbed)
    over.set()
    thread.join()
    assert said == [True, False, False]
    assert list(builder._beside) == [pytest.approx(0.3, abs=0.15)], "of serving, undisturbed"


def test_a_trial_judges_power_as_telemetry_states_it():
    alone = Question(
        power_limit_w=4.0, fps=5.0, idle_w=2.0, active_w_per_core=4.0, predicted=Prediction()
    )
    samples = [Sample(50.0, candidate_cpu_s=0.05)] * 60
    assert judge(alone, samples, final=True) == PASSED  # 2 + 5 x 0.05 x 4 = 3 W
    beside = replace(alone, beside_cores=0.3)
    verdict = judge(beside, samples, final=True)
    assert verdict.reason == "OVER_BUDGET"
    assert "4.20 W" in verdict.detail


def test_cpu_flags_are_read_on_x86_and_arm(tmp_path):
    x86 = write(tmp_path / "x86", "model name\t: AMD EPYC\nflags\t\t: fpu avx2 avx512_vnni")
    arm = write(tmp_path / "arm", "Features\t: fp asimd asimddp\nHardware\t: BCM2711")
    assert cpu_flags(x86) == ({"fpu", "avx2", "avx512_vnni"}, "AMD EPYC")
    assert cpu_flags(arm) == ({"fp", "asimd", "asimddp"}, "BCM2711")
    assert cpu_flags(tmp_path / "missing") == (set(), "")


def test_quota_and_memory_are_the_tightest_of_cgroup_2(tmp_path):
    write(tmp_path / "proc/self/cgroup", "0::/city/agent")
    top = tmp_path / "cg"
    write(top / "city/cpu.max", "30000 100000")
    write(top / "city/agent/cpu.max", "max 100000")
    write(top / "city/agent/memory.max", 200_000_000)
    write(top / "city/memory.max", "max")
    assert cpu_quota(top, tmp_path / "proc") == Quota(pytest.approx(0.3), 0.1)
    assert usable_memory_bytes(0, top, tmp_path / "proc") == 200_000_000
    assert usable_memory_bytes(50_000_000, top, tmp_path / "proc") == 50_000_000


def test_quota_and_memory_of_cgroup_1(tmp_path):
    write(tmp_path / "proc/self/cgroup", "4:memory:/box\n1:cpu,cpuacct:/box\n0::/")
    top = tmp_path / "cg"
    write(top / "cpu/box/cpu.cfs_quota_us", 5000)
    write(top / "cpu/box/cpu.cfs_period_us", 10000)
    write(top / "cpu/cpu.cfs_quota_us", -1)
    write(top / "cpu/cpu.cfs_period_us", 100000)
    write(top / "memory/box/memory.limit_in_bytes", 150_000_000)
    assert cpu_quota(top, tmp_path / "proc") == Quota(pytest.approx(0.5), 0.01)
    assert usable_memory_bytes(0, top, tmp_path / "proc") == 150_000_000


def test_capabilities_come_from_machine_and_settings(tmp_path):
    settings = AgentSettings(
        device="cam", state_dir=tmp_path / "not" / "yet", power_budget_w=6.0, realised_by="quota"
    )
    found = read_capabilities(settings)
    assert (found.device, found.power_budget_w, found.realised_by) == ("cam", 6.0, "quota")
    assert found.cores >= 1
    assert found.memory_bytes > 0
    assert found.disk_free_bytes > 0
    assert "onnxruntime" in found.runtimes


def test_the_probe_measures_all_it_promises_in_seconds():
    begun_s = time.process_time()
    probe = run_probe(AgentSettings(device="cam"), ManualClock())
    spent_s = time.process_time() - begun_s
    names = [entry.name for entry in probe.entries]
    assert names == [*(net.name for net in PROBE_NETS), "session", "memory"]
    assert all(entry.latency_p50_ms > 0 for entry in probe.entries)
    assert all(entry.latency_p95_ms >= entry.latency_p50_ms for entry in probe.entries)
    # Three times the usual, in processor time: a quota or a neighbour does not stretch it.
    assert 0 < spent_s < 8
    assert probe.seconds > 0
    assert probe.at == ManualClock().time()


def test_a_device_where_int8_does_not_pay_shows_it():
    """Whatever else runs: processor time is compared, and by chance no tenth is saved."""
    settings = AgentSettings(session_config={"session.disable_quant_qdq": "1"})
    entries = {entry.name: entry.latency_p50_ms for entry in run_probe(settings).entries}
    assert entries["dense_int8"] > 0.9 * entries["dense_fp32"]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_disturbs_one_network_does_not_make_it_slower_than_the_other(threads):
    calm, pressed, light = Batch(1, 4.0, 2.0), Batch(1, 9.0, 2.0), Batch(8, 8.0, 4.0)
    heavy_ms, light_ms = undisturbed_ms([[calm, pressed, pressed], [light] * 3], threads)
    ratio = percentile(heavy_ms, 50) / percentile(light_ms, 50)
    assert ratio == pytest.approx(4.0 if threads == 1 else 9.0)
    # 17 ms of the clock for 6 ms of work; 12 for 6 in the calm round.
    assert percentile(light_ms, 50) == pytest.approx(0.5 * 17 / 6 if threads == 1 else 1.0)
