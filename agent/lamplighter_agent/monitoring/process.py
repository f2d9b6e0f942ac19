"""What the process itself takes: processor time, memory, energy, and how warm the device is."""

import logging
import threading
import time
from dataclasses import dataclass

import psutil
from lamplighter_wire.clock import Clock, SystemClock

from lamplighter_agent.monitoring.sensors.energy import EnergyReader
from lamplighter_agent.monitoring.sensors.temperature import temperature_c

log = logging.getLogger(__name__)

# Seconds between two readings of the sensors.
SENSE_S = 1.0
# Whose work is not part of serving, by the thread's name.
DEPLOY_THREAD = "deploy"


class ProcessMeter:
    """Memory and CPU of this process."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._cpu_s = time.process_time()
        self._deploy_s = 0.0

    def memory_bytes(self) -> int:
        """What a memory limit must hold: resident, less pages of files, which can be read again."""
        held = self._process.memory_info()
        return int(held.rss - getattr(held, "shared", 0))

    def cpu_s(self) -> float:
        """CPU time of all threads since the last call."""
        now_s = time.process_time()
        spent_s, self._cpu_s = now_s - self._cpu_s, now_s
        return spent_s

    def deploy_cpu_s(self) -> float:
        """CPU time of the thread that deploys since the last call; 0 where nobody can tell."""
        ids = {thread.native_id for thread in threading.enumerate() if thread.name == DEPLOY_THREAD}
        try:
            threads = [thread for thread in self._process.threads() if thread.id in ids]
        except (psutil.Error, OSError):
            return 0.0
        now_s = float(sum(thread.user_time + thread.system_time for thread in threads))
        spent_s, self._deploy_s = now_s - self._deploy_s, now_s
        return max(spent_s, 0.0)


@dataclass(frozen=True, slots=True)
class Sensed:
    """What sensors and the system say, which may take them any time; counts since some moment."""

    at: float = 0.0  # monotonic
    energy_j: float = 0.0
    energy_source: str = ""
    energy_rel_error: float = 0.0
    deploy_s: float = 0.0  # processor time of deployments
    memory_bytes: int = 0
    temperature_c: float | None = None


@dataclass(frozen=True, slots=True)
class MeterReading:
    """All since the process began to be measured."""

    energy_j: float = 0.0
    cpu_s: float = 0.0
    deploy_s: float = 0.0  # of `cpu_s`, by a deployment
    inference_s: float = 0.0  # of `cpu_s`, by frames that were served
    frames: int = 0
    sensed_at: float = 0.0  # when the sensors were read

    def since(self, before: "MeterReading") -> "MeterReading":
        """What was added to an earlier reading; `sensed_at` are seconds then."""
        return MeterReading(
            max(self.energy_j - before.energy_j, 0.0),
            self.cpu_s - before.cpu_s,
            self.deploy_s - before.deploy_s,
            self.inference_s - before.inference_s,
            self.frames - before.frames,
            self.sensed_at - before.sensed_at,
        )


class DeviceMeter:
    """What all streams of the device take together. Safe to use from several threads.

    Sensors may be slow, or hang. Who reads gets what was sensed last, by the thread of `run`, and
    waits for none of them; a meter that is not `apart` has no such thread, and senses when asked.
    """

    def __init__(
        self, energy: EnergyReader, clock: Clock | None = None, *, apart: bool = False
    ) -> None:
        self._energy, self._clock = energy, clock or SystemClock()
        self._process = ProcessMeter()
        self._lock = threading.Lock()  # of what frames add
        self._deploy_s = self._inference_s = self._cpu_s = 0.0
        self._frames = 0
        self.runs_apart = apart
        self.sensed = Sensed(at=self._clock.monotonic()) if apart else self._sense()

    def run(self, stop: threading.Event, period_s: float = SENSE_S) -> None:
        """Read the sensors again and again, until `stop`."""
        while not stop.wait(period_s):
            try:
                self.sensed = self._sense()
            except Exception as error:  # noqa: BLE001 - whatever a driver does, it is asked again
                log.warning("sensors cannot be read: %s", error)

    def add(self, cpu_s: float) -> None:
        """A frame was served, which took so much processor time."""
        with self._lock:
            self._frames += 1
            self._inference_s += cpu_s

    def read(self) -> MeterReading:
        """How far it has counted. The sensors' part is as old as it says."""
        if not self.runs_apart:
            self.sensed = self._sense()
        sensed = self.sensed
        with self._lock:
            self._cpu_s += self._process.cpu_s()
            return MeterReading(
                sensed.energy_j,
                self._cpu_s,
                sensed.deploy_s,
                self._inference_s,
                self._frames,
                sensed.at,
            )

    def _sense(self) -> Sensed:
        self._deploy_s += self._process.deploy_cpu_s()
        energy_j = self._energy.energy_j()
        return Sensed(
            at=self._clock.monotonic(),
            energy_j=energy_j,
            energy_source=self._energy.source,
            energy_rel_error=self._energy.rel_error,
            deploy_s=self._deploy_s,
            memory_bytes=self._process.memory_bytes(),
            temperature_c=temperature_c(),
        )
