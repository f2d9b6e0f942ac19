"""Does jobs on the workers of a Dask cluster.

A job of a worker that dies is done again by another: a build is the same whoever makes it. While no
scheduler or worker is there jobs wait; after their time limit they fail.
"""

import logging
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from distributed.scheduler import KilledWorker
from lamplighter_wire.clock import Clock
from lamplighter_wire.files import write_atomically

from lamplighter_controller.workshop.executors.executor import (
    JobLimits,
    Progress,
    ReportTrouble,
    ignore_trouble,
)
from lamplighter_controller.workshop.executors.open_jobs import OpenJob, OpenJobs
from lamplighter_controller.workshop.executors.versions import build_versions
from lamplighter_controller.workshop.jobs import (
    BuildFailed,
    BuildTimedOut,
    Job,
    NoWorker,
    WorkerDied,
    WorkshopError,
)
from lamplighter_controller.workshop.remote.assignments import Assignment, Outcome, WorkerReport
from lamplighter_controller.workshop.remote.dask_address import DaskAddress
from lamplighter_controller.workshop.remote.dask_link import DaskLink
from lamplighter_controller.workshop.remote.input_files import CACHE, InputFiles, inside
from lamplighter_controller.workshop.remote.trouble import Trouble

log = logging.getLogger(__name__)

# How often connection and limits of time are looked after.
CHECK_S = 1.0
BATCH_BYTES = 16 * 1024**2
# Beside a job's own time: its files travel there before it, its result back after it.
TRAVEL_S = 180.0
RESULT_WAIT_S = 60.0
# A connection that ends takes its jobs along. So often they are submitted again.
MOST_LOSSES = 5
CLOSE_WAIT_S = 10.0


@dataclass(eq=False)
class _Attempt:
    """A job that waits for a worker or is with one."""

    open_job: OpenJob
    waits_since: float
    losses: int = 0
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    inputs: InputFiles | None = None
    future: Any = None  # Dask's; None until it was submitted
    begun_at: float | None = None


class DaskExecutor:
    """See `Executor`. Only its own threads wait for the network."""

    def __init__(self, address: DaskAddress, limits: JobLimits, clock: Clock) -> None:
        self._url = address.url
        self._limits = limits
        self._clock = clock
        self._topic = f"lamplighter-{secrets.token_hex(8)}"
        self._link = DaskLink(address, self._topic, self._receive)
        self._jobs = OpenJobs()
        self._attempts: dict[str, _Attempt] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # two results may hold the same file
        self._trouble = Trouble(clock)
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dask", daemon=True)
        self._network = ThreadPoolExecutor(4, "dask-network")
        self._ending: list[Future[None]] = []

    def start(self, report_trouble: ReportTrouble = ignore_trouble, /) -> None:
        """See `Executor`."""
        self._trouble.report = report_trouble
        self._thread.start()

    def submit(self, job: Job, progress: Progress | None = None) -> "Future[Any]":
        """See `Executor`."""
        return self._jobs.submit(job, progress, self._add)

    def cancel(self, key: str) -> bool:
        """See `Executor`."""
        return self._jobs.cancel(key, self._end)

    def shutdown(self) -> None:
        """See `Executor`."""
        self._closing.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_WAIT_S)
        self._jobs.cancel_all(self._end)
        wait(self._ending, CLOSE_WAIT_S)
        self._link.close()
        self._network.shutdown(wait=False)

    def _add(self, open_job: OpenJob) -> None:
        self._put(_Attempt(open_job, self._clock.monotonic()))

    def _put(self, attempt: _Attempt) -> None:
        with self._lock:
            self._attempts[attempt.id] = attempt
        self._changed.set()

    def _end(self, key: str, _reason: WorkshopError) -> None:
        with self._lock:
            ended = [a for a in self._attempts.values() if a.open_job.job.key == key]
            for attempt in ended:
                del self._attempts[attempt.id]
        for attempt in ended:
            if attempt.future is not None:
                end = self._network.submit(self._link.end, attempt.id, attempt.future)
                self._ending.append(end)
        self._ending = [end for end in self._ending if not end.done()]

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._trouble.note(self._look_after())
            except Exception as error:  # noqa: BLE001 - a connection may end in any call
                self._trouble.note(f"the Dask scheduler at {self._url} is away: {error}")
            self._fail_late()
            self._changed.wait(CHECK_S)
            self._changed.clear()

    def _look_after(self) -> str:
        """Submit what waits; returns what is wrong."""
        trouble = self._link.connect()
        if trouble:
            return trouble
        with self._lock:
            waiting = [a for a in self._attempts.values() if a.begun_at is None]
        for attempt in waiting:
            if attempt.future is None:
                self._submit(attempt)
        if waiting and not self._link.has_workers():
            return f"the Dask scheduler at {self._url} has no workers"
        return ""

    def _submit(self, attempt: _Attempt) -> None:
        job = attempt.open_job.job
        try:
            attempt.inputs = InputFiles(job)
        except OSError as error:
            self._fail(attempt, BuildFailed(f"materials cannot be read: {error}"))
            return
        assignment = Assignment(
            attempt=attempt.id,
            job=job,
            files=attempt.inputs.refs,
            topic=self._topic,
            versions=dict(build_versions()),
            memory_cap_bytes=self._limits.memory_cap_bytes,
            timeout_s=job.timeout_s or self._limits.timeout_s,
        )
        attempt.future = self._link.submit(
            f"{job.key}-{attempt.id}", msgspec.msgpack.encode(assignment), background=job.background
        )
        attempt.future.add_done_callback(lambda _future: self._ended(attempt))

    def _fail_late(self) -> None:
        now = self._clock.monotonic()
        with self._lock:
            attempts = list(self._attempts.values())
        for attempt in attempts:
            job = attempt.open_job.job
            key, limit_s = job.key, job.timeout_s or self._limits.timeout_s
            if attempt.begun_at is not None:
                if now - attempt.begun_at > limit_s + TRAVEL_S:
                    late = f"{key} took longer than {limit_s:.0f} s, and its Dask worker is silent"
                    self._fail(attempt, BuildTimedOut(late))
            elif self._trouble.lasts_s(attempt.waits_since) > limit_s:
                self._fail(attempt, NoWorker(f"{key} waited {limit_s:.0f} s: {self._trouble.text}"))

    def _fail(self, attempt: _Attempt, failure: WorkshopError) -> None:
        self._end(attempt.open_job.job.key, failure)
        self._jobs.settle(attempt.open_job, None, failure)

    def _receive(self, message: Mapping[str, Any]) -> None:
        """A worker's report, on the thread of Dask's client."""
        report = msgspec.convert(message, WorkerReport)
        attempt = self._attempts.get(report.attempt)
        if attempt is None or self._closing.is_set():
            return
        if report.lacks:
            self._network.submit(self._send_files, attempt, report)
        elif report.begun:
            self._begin(attempt, report.worker)
        else:
            attempt.open_job.report(report.share, report.stage)

    def _begin(self, attempt: _Attempt, worker: str) -> None:
        if attempt.begun_at is not None:
            log.warning("%s is begun again by the Dask worker %s", attempt.open_job.job.key, worker)
        attempt.begun_at = self._clock.monotonic()
        self._jobs.begin(attempt.open_job)

    def _send_files(self, attempt: _Attempt, report: WorkerReport) -> None:
        assert attempt.inputs is not None  # noqa: S101 - it was submitted with them
        try:
            for batch in attempt.inputs.batches(report.lacks, BATCH_BYTES):
                self._link.send_files(report.worker, batch)
        except Exception as error:  # noqa: BLE001 - the worker says what did not come
            log.warning("files did not reach the Dask worker %s: %s", report.worker, error)

    def _ended(self, attempt: _Attempt) -> None:
        """Dask is done with an attempt, on the thread of its callbacks."""
        if not self._closing.is_set():
            self._network.submit(self._collect, attempt)

    def _collect(self, attempt: _Attempt) -> None:
        with self._lock:
            if self._attempts.get(attempt.id) is not attempt:
                return
        try:
            raw = attempt.future.result(RESULT_WAIT_S)
        except Exception as error:  # noqa: BLE001 - the job's failure, or the connection's
            self._without_result(attempt, error)
            return
        self._settle(attempt, msgspec.msgpack.decode(raw, type=Outcome))

    def _without_result(self, attempt: _Attempt, error: Exception) -> None:
        """What Dask itself says of a task: it failed there, or it is lost with the connection."""
        if attempt.future.status == "error":
            self._fail(attempt, _failure(error))
            return
        with self._lock:
            if self._attempts.pop(attempt.id, None) is None:
                return
        log.warning("%s was lost by the Dask scheduler: %s", attempt.open_job.job.key, error)
        if attempt.losses >= MOST_LOSSES:
            died = WorkerDied(f"the Dask scheduler lost the job {MOST_LOSSES} times: {error}")
            self._jobs.settle(attempt.open_job, None, died)
            return
        self._put(_Attempt(attempt.open_job, self._clock.monotonic(), attempt.losses + 1))

    def _settle(self, attempt: _Attempt, outcome: Outcome) -> None:
        result, failure = None, None
        try:
            result = self._keep(attempt.open_job.job, outcome)
        except WorkshopError as error:
            failure = error
        except (OSError, ValueError) as error:
            failure = BuildFailed(f"what the job has left cannot be kept: {error}")
        with self._lock:
            self._attempts.pop(attempt.id, None)
        self._jobs.settle(attempt.open_job, result, failure)

    def _keep(self, job: Job, outcome: Outcome) -> Any:
        """The job's result, once the files that it has left are here.

        Raises:
            WorkshopError: it has none.
            OSError: a file cannot be written.
            ValueError: a file's name leads elsewhere.
        """
        outcome.raise_failure()
        with self._writing:
            for file in outcome.files:
                write_atomically(inside(Path(job.materials[CACHE]), file.path), [file.raw])
        return outcome.result


def _failure(error: Exception) -> WorkshopError:
    """A failure of Dask's as the workshop's own."""
    if isinstance(error, KilledWorker):
        return WorkerDied(f"all Dask workers that tried it died: {error}")
    if isinstance(error, ImportError):
        text = f"a Dask worker lacks what builds need ({error}): install lamplighter[compress,dask]"
        return BuildFailed(text)
    return BuildFailed(f"a Dask worker failed: {error}")
