"""Make this machine behave like a smaller one, by real causes.

A quota is enforced by the kernel (control groups, version 1 or 2) where they are writable, else by
stopping and continuing the process in a 10 ms cycle. Every envelope says how it was realised.
"""

import contextlib
import math
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")
# The default period of 100 ms makes latencies bimodal: a frame either fits or waits a period.
PERIOD_US = 10_000
# The kernel takes no quota below it.
LEAST_QUOTA_US = 1_000
_PREFIX = "lamplighter-"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a device may use. Zero means no limit."""

    cpu_quota_cores: float = 0.0
    cores: tuple[int, ...] = ()
    memory_bytes: int = 0
    session_config: dict[str, str] = field(default_factory=dict)
    power_budget_w: float = 0.0
    idle_w: float = 2.0
    active_w_per_core: float = 4.0


class Realised:
    """An envelope around one process, and the record of how it came about."""

    def __init__(self, name: str, envelope: Envelope) -> None:
        self.envelope = envelope
        self.causes: list[str] = []
        self._cpu = _CpuGroup(name)
        self._memory = _MemoryGroup(name)
        self._duty: _DutyCycle | None = None
        self._prepare()

    @property
    def realised_by(self) -> str:
        return "; ".join(self.causes) or "no limit"

    def enter(self) -> None:
        """Called in the child before it becomes the agent: join the groups."""
        pid = os.getpid()
        if self.envelope.cores:
            available = os.sched_getaffinity(0)
            os.sched_setaffinity(0, available.intersection(self.envelope.cores) or available)
        self._cpu.join(pid)
        self._memory.join(pid)

    def started(self, pid: int) -> None:
        """Called in the parent once the process runs: begin what needs its number."""
        if self.envelope.cpu_quota_cores and not self._cpu.available:
            self._duty = _DutyCycle(pid, self.envelope.cpu_quota_cores)
            self._duty.start()

    def set_quota(self, cores: float) -> None:
        """Change the CPU quota while the process runs."""
        if self._cpu.available:
            self._cpu.limit(cores)
        elif self._duty is not None:
            self._duty.share = cores

    def close(self) -> None:
        if self._duty is not None:
            self._duty.stop()
        self._cpu.remove()
        self._memory.remove()

    def _prepare(self) -> None:
        envelope = self.envelope
        if envelope.cores:
            self.causes.append(f"affinity to core {','.join(map(str, envelope.cores))}")
        if envelope.cpu_quota_cores:
            made = self._cpu.create() and self._cpu.limit(envelope.cpu_quota_cores)
            _, period_us = quota_and_period_us(envelope.cpu_quota_cores)
            period = f"cgroup quota, {period_us / 1000:.3g} ms period"
            cause = period if made else "stop/continue cycle"
            self.causes.append(f"{envelope.cpu_quota_cores:g} core by {cause}")
        if envelope.memory_bytes:
            made = self._memory.create() and self._memory.limit(envelope.memory_bytes)
            cause = "memory cgroup" if made else "the agent's own limit only"
            self.causes.append(f"{envelope.memory_bytes / 2**20:.0f} MiB by {cause}")
        for key, value in envelope.session_config.items():
            self.causes.append(f"onnxruntime {key}={value}")
        if envelope.power_budget_w:
            self.causes.append(f"{envelope.power_budget_w:g} W budget, power estimated")


def remove_stale_groups() -> None:
    """Remove the groups of demos that were killed before they could."""
    for group in [*CGROUP_ROOT.glob(f"{_PREFIX}*"), *CGROUP_ROOT.glob(f"*/{_PREFIX}*")]:
        owner = group.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            with contextlib.suppress(OSError):
                group.rmdir()


class _Group:
    """One control group, version 1 (per controller) or 2 (unified)."""

    controller = ""

    def __init__(self, name: str) -> None:
        self.v2 = (CGROUP_ROOT / "cgroup.controllers").exists()
        base = CGROUP_ROOT if self.v2 else CGROUP_ROOT / self.controller
        self.path = base / f"{_PREFIX}{os.getpid()}-{name}"
        self.available = False

    def create(self) -> bool:
        with contextlib.suppress(OSError):
            if self.v2:
                (CGROUP_ROOT / "cgroup.subtree_control").write_text(f"+{self.controller}")
            self.path.mkdir(exist_ok=True)
            self.available = (self.path / "cgroup.procs").exists()
        return self.available

    def join(self, pid: int) -> None:
        if self.available:
            (self.path / "cgroup.procs").write_text(str(pid))

    def remove(self) -> None:
        if not self.available:
            return
        for _ in range(20):  # the kernel needs a moment after the last process has gone
            with contextlib.suppress(OSError):
                self.path.rmdir()
                return
            time.sleep(0.05)

    def _write(self, values: dict[str, str]) -> bool:
        try:
            for name, value in values.items():
                (self.path / name).write_text(value)
        except OSError:
            self.remove()
            self.available = False
        return self.available


def quota_and_period_us(cores: float) -> tuple[int, int]:
    """Microseconds of processor time in each period: a small share gets a longer period."""
    quota_us = max(LEAST_QUOTA_US, round(cores * PERIOD_US))
    return quota_us, max(PERIOD_US, math.ceil(LEAST_QUOTA_US / cores))


class _CpuGroup(_Group):
    controller = "cpu"

    def limit(self, cores: float) -> bool:
        quota_us, period_us = quota_and_period_us(cores)
        if self.v2:
            return self._write({"cpu.max": f"{quota_us} {period_us}"})
        return self._write({"cpu.cfs_period_us": str(period_us), "cpu.cfs_quota_us": str(quota_us)})


class _MemoryGroup(_Group):
    controller = "memory"

    def limit(self, size_bytes: int) -> bool:
        name = "memory.max" if self.v2 else "memory.limit_in_bytes"
        return self._write({name: str(size_bytes)})


class _DutyCycle(threading.Thread):
    """Stop and continue a process so that it runs `share` of the time, in 10 ms periods."""

    def __init__(self, pid: int, share: float) -> None:
        super().__init__(daemon=True)
        self.share = share
        self._pid = pid
        self._ended = threading.Event()

    def run(self) -> None:
        period_s = PERIOD_US / 1e6
        while not self._ended.is_set():
            busy_s = min(period_s, period_s * self.share)
            if not self._signal(signal.SIGCONT):
                return
            time.sleep(busy_s)
            if busy_s < period_s:
                self._signal(signal.SIGSTOP)
                time.sleep(period_s - busy_s)

    def stop(self) -> None:
        self._ended.set()
        self.join(timeout=1)
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> bool:
        try:
            os.kill(self._pid, number)
        except ProcessLookupError:
            return False
        return True
