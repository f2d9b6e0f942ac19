"""A child process that does jobs, from its parent's side: started when needed, killed at once."""

import contextlib
import logging
import subprocess
import sys
import threading
from typing import IO, Any

import msgspec

from lamplighter_controller.workshop.executors.child import Reply, read_message, write_message
from lamplighter_controller.workshop.executors.executor import JobLimits, Progress
from lamplighter_controller.workshop.jobs import (
    BuildFailed,
    BuildTimedOut,
    Job,
    WorkerDied,
    WorkshopError,
)

log = logging.getLogger(__name__)


class ChildProcess:
    """One child process, kept warm; one that died or was killed is replaced at the next job."""

    def __init__(self, limits: JobLimits, nice: int) -> None:
        self._limits = limits
        self._nice = nice
        self._process: subprocess.Popen[bytes] | None = None
        self._reason: WorkshopError | None = None
        self._lock = threading.Lock()
        self.job_key = ""

    @property
    def pid(self) -> int:
        """0 when there is no living process."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else 0

    def run(self, job: Job, report: Progress) -> Any:
        """The job's result.

        Raises:
            BuildFailed: the job raised.
            BuildTimedOut: it took longer than its limit.
            WorkerDied: the process ended, for instance at its memory cap.
            WorkshopError: what `kill` was given.
        """
        with self._lock:
            self.job_key = job.key
        timer = threading.Timer(self._limit_s(job), self._end_late, [job])
        timer.daemon = True
        timer.start()
        try:
            with self._lock:
                process = self._started()
            return self._exchange(process, job, report)
        finally:
            timer.cancel()
            with self._lock:
                self.job_key, self._reason = "", None

    def kill(self, reason: WorkshopError, key: str = "") -> None:
        """End the process now; the job that runs in it, or is about to, fails with `reason`.

        With a key only if that job runs in it.
        """
        with self._lock:
            if key not in ("", self.job_key):
                return
            self._reason = reason
            process = self._process
            if process is not None and process.poll() is None:
                process.kill()

    def _limit_s(self, job: Job) -> float:
        return job.timeout_s or self._limits.timeout_s

    def _end_late(self, job: Job) -> None:
        text = f"{job.key} took longer than {self._limit_s(job):.0f} s"
        self.kill(BuildTimedOut(text), job.key)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._reason is not None:
            raise self._reason
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "lamplighter_controller.workshop.executors.child"]
            arguments = [str(self._limits.memory_cap_bytes), str(self._nice)]
            self._process = subprocess.Popen(
                command + arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0,  # Ctrl-C is for us alone: we end it
            )
        return self._process

    def _exchange(self, process: "subprocess.Popen[bytes]", job: Job, report: Progress) -> Any:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101 - both are pipes
        with contextlib.suppress(BrokenPipeError):
            write_message(stdin, job)
        while (raw := read_message(stdout)) is not None:
            reply = msgspec.msgpack.decode(raw, type=Reply)
            if not reply.done:
                report(reply.share, reply.stage)
            elif reply.error:
                raise BuildFailed(reply.error)
            else:
                return reply.result
        raise self._end_of(process, stdin, stdout)

    def _end_of(
        self, process: "subprocess.Popen[bytes]", stdin: IO[bytes], stdout: IO[bytes]
    ) -> WorkshopError:
        """Why the process has ended in the middle of a job."""
        code = process.wait()
        self._process = None
        # What a dead process never read cannot be flushed any more.
        with contextlib.suppress(BrokenPipeError):
            stdin.close()
        stdout.close()
        if self._reason is not None:
            return self._reason
        log.warning("a workshop process ended with code %d", code)
        return WorkerDied(
            f"the build's process ended with code {code}: killed, or out of memory"
            " (see workshop_memory_bytes)"
        )
