"""Energy from sensors as the kernel shows them, and the estimate without any."""

import pytest
from lamplighter_agent.monitoring.sensors.energy import (
    CpuTimeEstimate,
    RaplReader,
    find_energy_reader,
)
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.clock import ManualClock

from tests.simulators.kernel_files import write


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
    write(tmp_path / "class/hwmon/hwmon2/name", "ina219")
    power = write(tmp_path / "class/hwmon/hwmon2/power1_input", 2_000_000)
    reader = find_energy_reader(settings, clock, tmp_path)
    assert reader.source == "ina"
    clock.advance(10)
    write(power, 4_000_000)
    assert reader.energy_j() == pytest.approx(30)


def test_a_sensor_that_fails_is_estimated_for_as_long(tmp_path):
    clock, settings = ManualClock(), AgentSettings(idle_w=2.0, active_w_per_core=0.0)
    write(tmp_path / "class/hwmon/hwmon2/name", "ina219")
    power = write(tmp_path / "class/hwmon/hwmon2/power1_input", 5_000_000)
    reader = find_energy_reader(settings, clock, tmp_path)
    readings = []
    for text in ("5000000", "", "5000000", "5000000"):
        clock.advance(10)
        power.write_text(text)
        readings.append((reader.energy_j(), reader.source, reader.rel_error))
    assert readings == [
        (pytest.approx(50), "ina", 0.02),
        (pytest.approx(70), "estimate", 0.3),
        (pytest.approx(90), "estimate", 0.3),  # since when it could be read, nobody knows
        (pytest.approx(140), "ina", 0.02),
    ]
    power.unlink()
    clock.advance(10)
    assert reader.energy_j() == pytest.approx(160)


def test_the_estimate_counts_idling_and_states_its_band():
    clock = ManualClock()
    reader = CpuTimeEstimate(clock, idle_w=2.0, active_w_per_core=0.0, rel_error=0.3)
    clock.advance(5)
    assert reader.energy_j() == pytest.approx(10)
    assert (reader.source, reader.rel_error) == ("estimate", 0.3)
