"""What the process itself takes: processor time, memory, and how warm the device is."""

import threading
import time

import psutil

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
