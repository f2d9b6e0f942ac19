"""Memory, files and threads of every process, again and again, and whether they stay flat."""

import statistics
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

EVERY_S = 5.0
WARM_UP_S = 90.0  # exports, first variants, caches
SHORTEST_LIFE_S = 300.0
ROOM = {"memory_bytes": 12 * 2**20, "files": 8, "threads": 4}
GROWTH = 0.10


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a process, so many seconds after its first."""

    age_s: float
    memory_bytes: int
    files: int
    threads: int


@dataclass(slots=True)
class Life:
    """One process under its name, from its first sample on."""

    name: str
    began_at: float
    samples: list[Sample] = field(default_factory=list)


def growth(life: Life, figure: str) -> tuple[float, float]:
    """Medians of the first and the second half of a life, without its warm-up."""
    settled = [s for s in life.samples if s.age_s >= WARM_UP_S]
    values = [float(getattr(sample, figure)) for sample in settled]
    half = len(values) // 2
    return statistics.median(values[:half]), statistics.median(values[half:])


def is_long(life: Life) -> bool:
    """Whether it says something."""
    return len(life.samples) > 8 and life.samples[-1].age_s >= SHORTEST_LIFE_S


def is_flat(before: float, after: float, figure: str) -> bool:
    """Whether the second half is not above the first, but for room."""
    return after <= before * (1 + GROWTH) + ROOM[figure]


class Watcher(threading.Thread):
    """Samples processes by name; a new process under a name begins a new life."""

    def __init__(self, processes: Callable[[], Mapping[str, psutil.Process]]) -> None:
        super().__init__(daemon=True)
        self.lives: list[Life] = []
        self._processes = processes
        self._current: dict[tuple[str, int], Life] = {}
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(EVERY_S):
            for name, process in self._processes().items():
                with suppress(psutil.Error):
                    self._look(name, process)

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def _look(self, name: str, process: psutil.Process) -> None:
        now = time.monotonic()
        key = (name, process.pid)
        if key not in self._current:
            self._current[key] = Life(name, now)
            self.lives.append(self._current[key])
        life = self._current[key]
        with process.oneshot():
            sample = Sample(
                now - life.began_at,
                process.memory_info().rss,
                process.num_fds(),
                process.num_threads(),
            )
        life.samples.append(sample)
