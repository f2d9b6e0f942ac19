"""What the process itself takes: processor time, memory, energy, and how warm the device is."""

import threading
import time
from dataclasses import dataclass

import psutil

from lamplighter_agent.monitoring.energy import EnergyReader

# Whose work is not part of serving, by the thread's name.
DEPLOY_THREAD = "deploy"


def temperature_c() -> float | None:
    """Hottest sensor of the processor in degrees Celsius; None when there is none."""
    try:
        sensors = psutil.sensors_temperatures()
    except (AttributeError, OSError, ValueError):
        return None
    values = [float(s.current) for group in sensors.values() for s in group if s.current]
    return max(values) if values else None


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
class MeterReading:
    """All since the process began to be measured."""

    energy_j: float = 0.0
    cpu_s: float = 0.0
    deploy_s: float = 0.0  # of `cpu_s`, by a deployment
    inference_s: float = 0.0  # of `cpu_s`, by frames that were served
    frames: int = 0

    def since(self, before: "MeterReading") -> "MeterReading":
        """What was added to an earlier reading."""
        return MeterReading(
            max(self.energy_j - before.energy_j, 0.0),
            self.cpu_s - before.cpu_s,
            self.deploy_s - before.deploy_s,
            self.inference_s - before.inference_s,
            self.frames - before.frames,
        )


class DeviceMeter:
    """What all streams of the device take together. Safe to use from several threads."""

    def __init__(self, energy: EnergyReader) -> None:
        self.energy, self._process = energy, ProcessMeter()
        self._reading = threading.Lock()  # held for long enough that no frame must wait for it
        self._lock = threading.Lock()  # of what frames add
        self._cpu_s = self._deploy_s = self._inference_s = 0.0
        self._frames = 0

    def add(self, cpu_s: float) -> None:
        """A frame was served, which took so much processor time."""
        with self._lock:
            self._frames += 1
            self._inference_s += cpu_s

    def read(self) -> MeterReading:
        """How far it has counted."""
        with self._reading:
            self._cpu_s += self._process.cpu_s()
            self._deploy_s += self._process.deploy_cpu_s()
            energy_j = self.energy.energy_j()
            with self._lock:
                inference_s, frames = self._inference_s, self._frames
            return MeterReading(energy_j, self._cpu_s, self._deploy_s, inference_s, frames)

    def memory_bytes(self) -> int:
        """As ProcessMeter says."""
        return self._process.memory_bytes()
