"""Jobs that have no result yet: one of each key, however many ask for it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from lamplighter_controller.workshop.executors.executor import Progress
from lamplighter_controller.workshop.jobs import BuildCancelled, Job

End = Callable[[str, BuildCancelled], None]


@dataclass(eq=False)
class OpenJob:
    """A job that waits or runs."""

    job: Job
    future: "Future[Any]" = field(default_factory=Future)
    listeners: list[Progress] = field(default_factory=list)

    def report(self, share: float, stage: str) -> None:
        """Pass on its progress."""
        for progress in list(self.listeners):
            progress(share, stage)


class OpenJobs:
    """What an executor has been given and not settled. Any thread may call."""

    def __init__(self) -> None:
        self._jobs: dict[str, OpenJob] = {}
        self._lock = threading.RLock()  # who waits for a future may submit again

    def find(self, key: str) -> OpenJob | None:
        """One of them."""
        with self._lock:
            return self._jobs.get(key)

    def submit(
        self, job: Job, progress: Progress | None, begin: Callable[[OpenJob], None]
    ) -> "Future[Any]":
        """The job's future; `begin` is called for one that is new."""
        with self._lock:
            open_job = self._jobs.get(job.key)
            is_new = open_job is None
            if open_job is None:
                open_job = self._jobs[job.key] = OpenJob(job)
            if progress is not None:
                open_job.listeners.append(progress)
        if is_new:
            begin(open_job)
        return open_job.future

    def begin(self, open_job: OpenJob) -> None:
        """Somebody works on it, perhaps not for the first time."""
        with self._lock:
            if self._jobs.get(open_job.job.key) is open_job and not open_job.future.running():
                open_job.future.set_running_or_notify_cancel()

    def cancel(self, key: str, end: End) -> bool:
        """Drop a job that has not begun, or fail one that runs; `end` stops the work on it."""
        reason = BuildCancelled(f"{key} was cancelled")
        with self._lock:
            open_job = self._jobs.get(key)
            if open_job is None:
                return False
            if open_job.future.cancel():
                del self._jobs[key]
        self.settle(open_job, None, reason)
        end(key, reason)
        return True

    def cancel_all(self, end: End) -> None:
        """The same for all that wait or run."""
        with self._lock:
            keys = list(self._jobs)
        for key in keys:
            self.cancel(key, end)

    def settle(self, open_job: OpenJob, result: Any, failure: Exception | None = None) -> None:
        """Give its future the result or the failure, unless it has one: it is open no longer."""
        with self._lock:
            if self._jobs.get(open_job.job.key) is not open_job:
                return
            del self._jobs[open_job.job.key]
        if failure is None:
            open_job.future.set_result(result)
        else:
            open_job.future.set_exception(failure)
