"""Sensors as odd machines have them: what tells the device's power, and what does not."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from lamplighter_agent.monitoring.sensors.energy import find_energy_reader
from lamplighter_agent.monitoring.sensors.temperature import temperature_c
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.clock import ManualClock

from tests.simulators.kernel_files import write

BATTERY, SECOND = "class/power_supply/BAT0", "class/power_supply/BAT1"
MAINS, METER = "class/power_supply/AC", "class/hwmon/hwmon2"
RAPL, OTHER = "class/powercap/intel-rapl:0", "class/powercap/intel-rapl:1"
SPAN_S, IDLE_W = 10.0, 2.0
Files = dict[str, object]


def measured(sys: Path, files: Files, later: Files | None = None) -> tuple[str, float]:
    """(source, watts) of a machine over some seconds."""
    clock = ManualClock()
    for name, value in files.items():
        write(sys / name, value)
    settings = AgentSettings(idle_w=IDLE_W, active_w_per_core=0.0)
    reader = find_energy_reader(settings, clock, sys)
    before_j = reader.energy_j()
    clock.advance(SPAN_S)
    for name, value in (later or {}).items():
        write(sys / name, value)
    watts = (reader.energy_j() - before_j) / SPAN_S
    return reader.source, watts


@pytest.mark.parametrize(
    ("files", "later", "found"),
    [
        (
            {f"{BATTERY}/power_now": 8_000_000, f"{BATTERY}/status": "Discharging"},
            {},
            ("battery", 8.0),
        ),
        (
            {f"{BATTERY}/current_now": 1_000_000, f"{BATTERY}/voltage_now": 12_000_000},
            {},
            ("battery", 12.0),
        ),
        (
            {f"{BATTERY}/power_now": -3_000_000, f"{SECOND}/power_now": 3_000_000},
            {},
            ("battery", 6.0),
        ),
        (
            {f"{BATTERY}/power_now": 20_000_000, f"{BATTERY}/status": "Charging"},
            {},
            ("estimate", IDLE_W),
        ),
        ({f"{BATTERY}/power_now": 0, f"{BATTERY}/status": "Full"}, {}, ("estimate", IDLE_W)),
        (
            {f"{BATTERY}/power_now": 9_000_000, f"{MAINS}/type": "Mains", f"{MAINS}/online": 1},
            {},
            ("estimate", IDLE_W),
        ),
        (
            {f"{METER}/name": "amdgpu", f"{METER}/power1_input": 9_000_000},
            {},
            ("estimate", IDLE_W),
        ),
        (
            {f"{METER}/name": "power_meter", f"{METER}/power1_input": 4_294_967_295_000},
            {},
            ("estimate", IDLE_W),
        ),
        ({f"{METER}/name": "ina219", f"{METER}/power1_input": 4_200_000}, {}, ("ina", 4.2)),
        (
            {
                f"{METER}/name": "ina3221",
                **{f"{METER}/in{n}_input": 5000 for n in (1, 2)},
                **{f"{METER}/curr{n}_input": 400 * n for n in (1, 2)},
                f"{METER}/in1_label": "VDD_CPU",
                f"{METER}/in2_label": "VDD_IN",
            },
            {},
            ("ina", 4.0),
        ),
        (
            {f"{RAPL}/energy_uj": 0, f"{OTHER}/energy_uj": 0, f"{RAPL}:0/energy_uj": 0},
            {
                f"{RAPL}/energy_uj": 100_000_000,
                f"{OTHER}/energy_uj": 100_000_000,
                f"{RAPL}:0/energy_uj": 90_000_000,
            },
            ("rapl", 20.0),
        ),
        (
            {f"{RAPL}/energy_uj": 5_000_000_000, f"{RAPL}/max_energy_range_uj": 262_143_328_850},
            {f"{RAPL}/energy_uj": 1000},
            ("rapl", 0.0),
        ),
    ],
)
def test_what_a_machine_draws(
    tmp_path: Path, files: Files, later: Files, found: tuple[str, float]
) -> None:
    source, watts = found
    assert measured(tmp_path, files, later) == (source, pytest.approx(watts))


def test_a_device_that_is_unplugged_is_measured_from_then_on(tmp_path: Path) -> None:
    clock = ManualClock()
    write(tmp_path / BATTERY / "power_now", 20_000_000)
    status = write(tmp_path / BATTERY / "status", "Charging")
    reader = find_energy_reader(AgentSettings(idle_w=IDLE_W), clock, tmp_path)
    clock.advance(SPAN_S)
    reader.energy_j()
    assert reader.source == "estimate"
    status.write_text("Discharging")
    write(tmp_path / BATTERY / "power_now", 6_000_000)
    sources = []
    for _ in range(3):
        clock.advance(SPAN_S)
        reader.energy_j()
        sources.append(reader.source)
    assert sources == ["estimate", "battery", "battery"]


@pytest.mark.parametrize(
    ("sensors", "found"),
    [
        ({"it8728": [127.0], "coretemp": [45.0]}, 45.0),
        ({"nvme": [71.0], "coretemp": [45.0, 47.0]}, 47.0),
        ({"BAT0": [30.0], "iwlwifi": [52.0], "cpu_thermal": [44.0]}, 44.0),
        ({"cpu_thermal": [0.0]}, 0.0),
        ({"cpu_thermal": [-12.0]}, -12.0),
        ({"k10temp": [-273.15], "acpitz": [40.0]}, 40.0),
        ({"nvme": [71.0]}, None),
        ({}, None),
    ],
)
def test_how_hot_the_processor_is(
    monkeypatch: pytest.MonkeyPatch, sensors: dict[str, list[float]], found: float | None
) -> None:
    groups = {name: [SimpleNamespace(current=v) for v in vs] for name, vs in sensors.items()}
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: groups)
    assert temperature_c() == found


@pytest.mark.parametrize("error", [OSError("gone"), KeyError("x"), RuntimeError("no")])
def test_a_sensor_that_fails_is_none(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(psutil, "sensors_temperatures", fail)
    assert temperature_c() is None
