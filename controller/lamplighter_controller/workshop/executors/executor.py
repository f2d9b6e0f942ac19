"""The seam between the workshop and what does its jobs."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from lamplighter_controller.workshop.jobs import Job

Progress = Callable[[float, str], None]
# Called from any thread with what is wrong when nobody does jobs, and with "" when that is over.
ReportTrouble = Callable[[str], None]


@dataclass(frozen=True)
class JobLimits:
    """What one job may take; 0 bytes: as much memory as there is."""

    memory_cap_bytes: int = 0
    timeout_s: float = 600.0


def ignore_trouble(_trouble: str) -> None:
    """For who has nobody to tell."""


class Executor(Protocol):
    """Does jobs elsewhere: `concurrent.futures.Executor` for functions that only workers import.

    Beyond `submit` and `shutdown` there are progress, a limit of time and memory for each job, and
    a `cancel` that ends what runs. Futures fail with WorkshopError.
    """

    def start(self, report_trouble: ReportTrouble = ignore_trouble, /) -> None:
        """Begin to work. Does not wait for workers; that they are away is reported."""

    def submit(self, job: Job, progress: Progress | None = None) -> "Future[Any]":
        """The job's result later; the same future for a job that waits or runs already.

        `progress(share, stage)` may be called from any thread. Does not wait.
        """

    def cancel(self, key: str) -> bool:
        """Drop a waiting job, or end a running one: its future fails with BuildCancelled.

        False when there is no such job.
        """

    def shutdown(self) -> None:
        """End what runs and drop what waits."""
