"""Does jobs in child processes of this machine. What is installed with the controller uses it."""

import queue
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from lamplighter_controller.workshop.executors.child_process import ChildProcess
from lamplighter_controller.workshop.executors.executor import (
    JobLimits,
    Progress,
    ReportTrouble,
    ignore_trouble,
)
from lamplighter_controller.workshop.executors.open_jobs import OpenJob, OpenJobs
from lamplighter_controller.workshop.jobs import BuildCancelled, Job

CLOSE_WAIT_S = 5.0
# Background jobs run beside a build and must not slow it.
BACKGROUND_NICE = 15
NO_CAP = JobLimits()


class ChildPool:
    """A few warm child processes, and one more for what may wait.

    They read and write the folders of the materials themselves.
    """

    def __init__(self, processes: int = 1, limits: JobLimits = NO_CAP) -> None:
        self._jobs = OpenJobs()
        self._urgent = _Lane([ChildProcess(limits, 0) for _ in range(processes)], self._jobs)
        self._background = _Lane([ChildProcess(limits, BACKGROUND_NICE)], self._jobs)
        self._lanes = (self._urgent, self._background)

    def start(self, _report_trouble: ReportTrouble = ignore_trouble, /) -> None:
        """Start the threads; a child starts with its first job. Those are never away."""
        for lane in self._lanes:
            lane.start()

    def submit(self, job: Job, progress: Progress | None = None) -> "Future[Any]":
        """See `Executor`."""
        lane = self._background if job.background else self._urgent
        return self._jobs.submit(job, progress, lane.put)

    def cancel(self, key: str) -> bool:
        """See `Executor`."""
        return self._jobs.cancel(key, self._end)

    def pids(self) -> list[int]:
        """Process ids of the living children."""
        return [child.pid for lane in self._lanes for child in lane.children if child.pid]

    def shutdown(self) -> None:
        """See `Executor`."""
        for lane in self._lanes:
            lane.close()
        self._jobs.cancel_all(self._end)
        for lane in self._lanes:
            lane.join()

    def _end(self, key: str, reason: BuildCancelled) -> None:
        for lane in self._lanes:
            lane.kill(key, reason)


class _Lane:
    """Children, each with the thread that feeds it, and the queue they share."""

    def __init__(self, children: Iterable[ChildProcess], jobs: OpenJobs) -> None:
        self.children = list(children)
        self._jobs = jobs
        self._queue: queue.Queue[OpenJob | None] = queue.Queue()
        self._threads = [
            threading.Thread(target=self._serve, args=(child,), name="workshop", daemon=True)
            for child in self.children
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def put(self, open_job: OpenJob) -> None:
        self._queue.put(open_job)

    def kill(self, key: str, reason: BuildCancelled) -> None:
        """End the child that does this job, if one does."""
        for child in self.children:
            child.kill(reason, key)

    def close(self) -> None:
        """Let each thread end after its job."""
        for _ in self._threads:
            self._queue.put(None)

    def join(self) -> None:
        """Kill the children, and wait for the threads."""
        for child in self.children:
            child.kill(BuildCancelled("the workshop was closed"))
        for thread in self._threads:
            if thread.is_alive():
                thread.join(CLOSE_WAIT_S)

    def _serve(self, child: ChildProcess) -> None:
        while (open_job := self._queue.get()) is not None:
            if open_job.future.set_running_or_notify_cancel():
                self._run(child, open_job)

    def _run(self, child: ChildProcess, open_job: OpenJob) -> None:
        result: Any = None
        failure: Exception | None = None
        try:
            result = child.run(open_job.job, open_job.report)
        except Exception as error:  # noqa: BLE001 - handed to the future
            failure = error
        self._jobs.settle(open_job, result, failure)
