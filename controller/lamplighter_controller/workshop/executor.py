"""Runs jobs in child processes that can be killed, through futures."""

import contextlib
import logging
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import msgspec

from lamplighter_controller.workshop.child import Reply
from lamplighter_controller.workshop.jobs import (
    BuildCancelled,
    BuildFailed,
    BuildTimedOut,
    Job,
    WorkerDied,
    WorkshopError,
)

log = logging.getLogger(__name__)

Progress = Callable[[float, str], None]
CLOSE_WAIT_S = 5.0


@dataclass
class _Task:
    job: Job
    future: "Future[Any]" = field(default_factory=Future)
    progress: list[Progress] = field(default_factory=list)


class Executor:
    """A few warm child processes; one that dies or is killed is replaced at the next job."""

    def __init__(
        self,
        processes: int = 1,
        memory_cap_bytes: int = 0,
        timeout_s: float = 600.0,
        nice: int = 0,
    ) -> None:
        self._children = [_Child(memory_cap_bytes, nice) for _ in range(processes)]
        self._timeout_s = timeout_s
        self._tasks: dict[str, _Task] = {}  # by key: waiting and running
        self._queue: queue.Queue[_Task | None] = queue.Queue()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._serve, args=(child,), name="workshop", daemon=True)
            for child in self._children
        ]

    def start(self) -> None:
        """Start the threads; a child starts with its first job."""
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job, progress: Progress | None = None) -> "Future[Any]":
        """The job's result later; the same future for a job that waits or runs already."""
        with self._lock:
            task = self._tasks.get(job.key)
            if task is None:
                task = self._tasks[job.key] = _Task(job)
                self._queue.put(task)
            if progress is not None:
                task.progress.append(progress)
        return task.future

    def cancel(self, key: str) -> bool:
        """Drop a waiting job or kill a running one; its future fails with BuildCancelled."""
        with self._lock:
            task = self._tasks.get(key)
            if task is None:
                return False
            if task.future.cancel():  # it had not begun
                self._tasks.pop(key, None)
                return True
            running = next((c for c in self._children if c.job_key == key), None)
        if running is not None:
            running.kill(BuildCancelled(f"{key} was cancelled"))
        return running is not None

    def pids(self) -> list[int]:
        """Process ids of the living children."""
        return [child.pid for child in self._children if child.pid]

    def close(self) -> None:
        """Kill what runs, fail what waits."""
        for _ in self._children:
            self._queue.put(None)
        with self._lock:
            waiting = list(self._tasks)
        for key in waiting:
            self.cancel(key)
        for child in self._children:
            child.kill(BuildCancelled("the workshop was closed"))
        for thread in self._threads:
            if thread.is_alive():
                thread.join(CLOSE_WAIT_S)

    def _serve(self, child: "_Child") -> None:
        while (task := self._queue.get()) is not None:
            if task.future.set_running_or_notify_cancel():
                self._run(child, task)

    def _run(self, child: "_Child", task: _Task) -> None:
        def report(share: float, stage: str) -> None:
            for progress in list(task.progress):
                progress(share, stage)

        result: Any = None
        failure: Exception | None = None
        try:
            result = child.run(task.job, report, self._timeout_s)
        except Exception as error:  # noqa: BLE001 - handed to the future
            failure = error
        with self._lock:
            self._tasks.pop(task.job.key, None)
        if failure is None:
            task.future.set_result(result)
        else:
            task.future.set_exception(failure)


class _Child:
    """One child process, started when needed."""

    def __init__(self, memory_cap_bytes: int, nice: int) -> None:
        self._arguments = [str(memory_cap_bytes), str(nice)]
        self._process: subprocess.Popen[bytes] | None = None
        self._reason: WorkshopError | None = None
        self.job_key = ""

    @property
    def pid(self) -> int:
        """0 when there is no living process."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else 0

    def run(self, job: Job, report: Progress, timeout_s: float) -> Any:
        """Raises WorkshopError."""
        self._reason, self.job_key = None, job.key
        timer = threading.Timer(
            timeout_s, self.kill, [BuildTimedOut(f"{job.key} took longer than {timeout_s:.0f} s")]
        )
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(self._started(), job, report)
        finally:
            timer.cancel()
            self.job_key = ""

    def kill(self, reason: WorkshopError) -> None:
        """End the process now; a job that runs in it fails with `reason`."""
        self._reason = reason
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "lamplighter_controller.workshop.child"]
            self._process = subprocess.Popen(
                command + self._arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process

    def _exchange(self, process: "subprocess.Popen[bytes]", job: Job, report: Progress) -> Any:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101 - both are pipes
        with contextlib.suppress(BrokenPipeError):
            stdin.write(msgspec.json.encode(job) + b"\n")
            stdin.flush()
        for line in stdout:
            reply = msgspec.json.decode(line, type=Reply)
            if not reply.done:
                report(reply.share, reply.stage)
            elif reply.error:
                raise BuildFailed(reply.error)
            else:
                return reply.result
        code = process.wait()
        self._process = None
        stdin.close()
        stdout.close()
        if self._reason is not None:
            raise self._reason
        log.warning("a workshop process ended with code %d", code)
        raise WorkerDied(
            f"the build's process ended with code {code}: killed, or out of memory"
            " (see workshop_memory_bytes)"
        )
