"""Measure latency and energy, and say where each figure comes from."""

import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from lamplighter_wire.clock import Clock

from lamplighter_agent.monitoring.sensors.power_sensors import (
    SYS,
    PowerSensor,
    number,
    power_sensors,
    readable,
)
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

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
    """Intel and AMD's package counters through powercap; survives that one begins anew.

    They count whole packages: other processes on the machine are in it.
    """

    source = "rapl"
    rel_error = RAPL_REL_ERROR

    def __init__(self, *zones: Path) -> None:
        self._zones = [_Zone(zone) for zone in zones]

    def energy_j(self) -> float:
        return sum(zone.energy_j() for zone in self._zones)


class _Zone:
    """The counter of one package."""

    def __init__(self, folder: Path) -> None:
        self._counter = folder / "energy_uj"
        most = folder / "max_energy_range_uj"
        self._range_uj = number(most) if readable(most) else 2.0**32
        self._last_uj = number(self._counter)
        self._total_uj = 0.0

    def energy_j(self) -> float:
        now_uj = number(self._counter)
        step_uj = now_uj - self._last_uj
        if step_uj < 0:
            wrapped_uj = step_uj + self._range_uj
            # So much is never drawn between two readings: a sleep has set it back.
            step_uj = wrapped_uj if wrapped_uj < self._range_uj / 2 else 0.0
        self._total_uj += step_uj
        self._last_uj = now_uj
        return self._total_uj / 1e6


class PowerReader:
    """Integrates what a sensor says of the present power (a shunt, batteries).

    The trapezoid between two readings is all it knows: read it at least once per window.
    """

    def __init__(
        self, watts: Callable[[], float], clock: Clock, source: str, rel_error: float
    ) -> None:
        self._watts, self._clock = watts, clock
        self._source, self._rel_error = source, rel_error
        self._last: tuple[float, float] | None = None  # when, and watts
        self._total_j = 0.0

    @property
    def source(self) -> str:
        return self._source

    @property
    def rel_error(self) -> float:
        return self._rel_error

    def energy_j(self) -> float:
        before, self._last = self._last, None
        now = self._clock.monotonic(), self._watts()
        if before is not None:
            self._total_j += (now[0] - before[0]) * (now[1] + before[1]) / 2
        self._last = now
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
        self._used, self._trouble = sensor, ""
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
            energy_j = self._sensor.energy_j()
        except (OSError, ValueError) as error:
            if str(error) != self._trouble:  # said once, not each second
                log.warning("energy is estimated: %s: %s", self._sensor.source, error)
            self._trouble = str(error)
            return None
        self._trouble = ""
        return energy_j


def find_energy_reader(settings: AgentSettings, clock: Clock, sys: Path = SYS) -> EnergyReader:
    """The best reader this machine has: shunt, package counter, battery, else the estimate."""
    estimate = cpu_time_estimate(settings, clock)
    for sensor in power_sensors(sys):
        with contextlib.suppress(OSError, ValueError):
            return SteadyReader(_reader(sensor, clock), estimate)
    return estimate


def cpu_time_estimate(settings: AgentSettings, clock: Clock) -> EnergyReader:
    """What stands for a meter where there is none."""
    return CpuTimeEstimate(
        clock, settings.idle_w, settings.active_w_per_core, settings.energy_rel_error
    )


def _reader(sensor: PowerSensor, clock: Clock) -> EnergyReader:
    if sensor.watts is None:
        return RaplReader(*sensor.zones)
    rel_error = INA_REL_ERROR if sensor.kind == "ina" else BATTERY_REL_ERROR
    return PowerReader(sensor.watts, clock, sensor.kind, rel_error)
