"""Measure latency and energy, and say where each figure comes from."""

import contextlib
import logging
import time
from pathlib import Path
from typing import Protocol

from lamplighter_wire.clock import Clock

from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

SYS = Path("/sys")
# A battery's own gauge and a shunt resistor, as their makers state them.
INA_REL_ERROR = 0.02
BATTERY_REL_ERROR = 0.1
RAPL_REL_ERROR = 0.05


class EnergyReader(Protocol):
    """Energy drawn since some fixed moment."""

    @property
    def source(self) -> str:
        """rapl | ina | battery | estimate"""

    @property
    def rel_error(self) -> float:
        """Relative error band of the figures."""

    def energy_j(self) -> float:
        """Joules, never falling."""


class RaplReader:
    """Intel and AMD's package counter through powercap; survives its wrap-around.

    It counts the whole package: other processes on the machine are in it.
    """

    source = "rapl"
    rel_error = RAPL_REL_ERROR

    def __init__(self, zone: Path) -> None:
        self._counter = zone / "energy_uj"
        self._range_uj = _number(zone / "max_energy_range_uj") or 2.0**32
        self._last_uj = _required(self._counter)
        self._total_uj = 0.0

    def energy_j(self) -> float:
        now_uj = _required(self._counter)
        step = now_uj - self._last_uj
        self._total_uj += step if step >= 0 else step + self._range_uj
        self._last_uj = now_uj
        return self._total_uj / 1e6


class PowerReader:
    """Integrates a file that holds the present power in microwatts (INA through hwmon, battery).

    The trapezoid between two readings is all it knows: read it at least once per window.
    """

    def __init__(self, file: Path, clock: Clock, source: str, rel_error: float) -> None:
        self._file, self._clock = file, clock
        self._source, self._rel_error = source, rel_error
        self._last_s, self._last_w = clock.monotonic(), abs(_required(file)) / 1e6
        self._total_j = 0.0

    @property
    def source(self) -> str:
        return self._source

    @property
    def rel_error(self) -> float:
        return self._rel_error

    def energy_j(self) -> float:
        now_s, now_w = self._clock.monotonic(), abs(_required(self._file)) / 1e6
        self._total_j += (now_s - self._last_s) * (now_w + self._last_w) / 2
        self._last_s, self._last_w = now_s, now_w
        return self._total_j


class CpuTimeEstimate:
    """Idle watts all the time plus watts for every busy core of this process.

    It is CPU time in other units, never evidence independent of it.
    """

    source = "estimate"

    def __init__(
        self, clock: Clock, idle_w: float, active_w_per_core: float, rel_error: float
    ) -> None:
        self._clock = clock
        self._idle_w, self._active_w = idle_w, active_w_per_core
        self.rel_error = rel_error
        self._start_s, self._start_cpu_s = clock.monotonic(), time.process_time()

    def energy_j(self) -> float:
        elapsed_s = self._clock.monotonic() - self._start_s
        return elapsed_s * self._idle_w + (
            (time.process_time() - self._start_cpu_s) * self._active_w
        )


class SteadyReader:
    """A sensor that may fail, with the estimate in its place for as long.

    A stretch between two calls is the sensor's only if it could be read at both ends; `source` and
    `rel_error` are those of the last stretch.
    """

    def __init__(self, sensor: EnergyReader, estimate: EnergyReader) -> None:
        self._sensor, self._estimate = sensor, estimate
        self._used = sensor
        self._sensed_j, self._guessed_j = self._sense(), estimate.energy_j()
        self._total_j = 0.0

    @property
    def source(self) -> str:
        return self._used.source

    @property
    def rel_error(self) -> float:
        return self._used.rel_error

    def energy_j(self) -> float:
        before_j, self._sensed_j = self._sensed_j, self._sense()
        guess_j, self._guessed_j = self._guessed_j, self._estimate.energy_j()
        if before_j is not None and self._sensed_j is not None:
            self._used = self._sensor
            self._total_j += self._sensed_j - before_j
        else:
            self._used = self._estimate
            self._total_j += self._guessed_j - guess_j
        return self._total_j

    def _sense(self) -> float | None:
        try:
            return self._sensor.energy_j()
        except (OSError, ValueError) as error:
            log.warning("energy sensor %s cannot be read: %s", self._sensor.source, error)
            return None


def find_energy_reader(settings: AgentSettings, clock: Clock, sys: Path = SYS) -> EnergyReader:
    """The best reader this machine has: shunt, package counter, battery, else the estimate."""
    estimate = cpu_time_estimate(settings, clock)
    for name, file in sensor_files(sys):
        with contextlib.suppress(OSError, ValueError):
            return SteadyReader(_sensor(name, file, clock), estimate)
    return estimate


def cpu_time_estimate(settings: AgentSettings, clock: Clock) -> EnergyReader:
    """What stands for a meter where there is none."""
    return CpuTimeEstimate(
        clock, settings.idle_w, settings.active_w_per_core, settings.energy_rel_error
    )


def _sensor(name: str, file: Path, clock: Clock) -> EnergyReader:
    if name == "rapl":
        return RaplReader(file.parent)
    return PowerReader(file, clock, name, INA_REL_ERROR if name == "ina" else BATTERY_REL_ERROR)


def sensor_files(sys: Path = SYS) -> list[tuple[str, Path]]:
    """(kind, file) of readable energy sensors, best first."""
    sensors = [("ina", file) for file in sorted(sys.glob("class/hwmon/hwmon*/power1_input"))]
    sensors += [("rapl", file) for file in sorted(sys.glob("class/powercap/*-rapl:0/energy_uj"))]
    sensors += [("battery", f) for f in sorted(sys.glob("class/power_supply/BAT*/power_now"))]
    return [(kind, file) for kind, file in sensors if _number(file) is not None]


def _number(file: Path) -> float | None:
    try:
        return _required(file)
    except (OSError, ValueError):
        return None


def _required(file: Path) -> float:
    return float(file.read_text().strip())
