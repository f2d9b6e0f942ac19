"""What a Dask worker does for the workshop. It runs jobs in child processes, as the controller
would, so that one can be ended, is bound in memory, and takes no worker with it.

Needs `lamplighter[compress,dask]` on the worker, and nothing of the controller's server.
"""

import shutil
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from distributed import secede
from distributed.worker import Worker, get_worker

from lamplighter_controller.workshop.executors.child_pool import BACKGROUND_NICE
from lamplighter_controller.workshop.executors.child_process import ChildProcess
from lamplighter_controller.workshop.executors.executor import JobLimits
from lamplighter_controller.workshop.executors.versions import build_versions, differences
from lamplighter_controller.workshop.jobs import BuildCancelled, BuildFailed, WorkshopError
from lamplighter_controller.workshop.remote.assignments import Assignment, Outcome, WorkerReport
from lamplighter_controller.workshop.remote.input_files import CACHE
from lamplighter_controller.workshop.remote.worker_files import WorkerFiles

# How long the controller may take for the next few files.
FETCH_WAIT_S = 60.0

Publish = Callable[[WorkerReport], None]
_benches: dict[str, "Bench"] = {}
_opening = threading.Lock()


def work(raw: bytes) -> bytes:
    """Do one job: an Assignment in, an Outcome out, both MessagePack. Runs as a Dask task."""
    assignment = msgspec.msgpack.decode(raw, type=Assignment)
    worker = get_worker()

    def publish(report: WorkerReport) -> None:
        worker.log_event(assignment.topic, msgspec.to_builtins(report))

    if assignment.job.background:  # it takes no build's place
        secede()  # type: ignore[no-untyped-call]
    try:
        outcome = _bench(worker).do(assignment, publish)
    except WorkshopError as error:
        outcome = Outcome.failed(error)
    return msgspec.msgpack.encode(outcome)


def receive_files(batch: dict[str, bytes], dask_worker: Worker) -> None:
    """Take files the controller sends, by SHA-256. Runs on the worker's event loop."""
    _bench(dask_worker).inbox.put(batch)


def end_attempt(attempt: str, dask_worker: Worker) -> None:
    """End an attempt if it runs here. Runs on the worker's event loop."""
    _bench(dask_worker).end(attempt)


class Inbox:
    """Files that were asked for and have come, until the job that waits takes them."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._changed = threading.Condition()

    def put(self, batch: dict[str, bytes]) -> None:
        """Take what has come."""
        with self._changed:
            self._files.update(batch)
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget what nobody took."""
        with self._changed:
            self._files.clear()

    def take(self, sha: str) -> bytes:
        """Wait for a file.

        Raises:
            BuildFailed: it did not come.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: sha in self._files, FETCH_WAIT_S):
                raise BuildFailed("materials of the job did not come from the controller")
            return self._files.pop(sha)


@dataclass
class _Attempt:
    """An attempt that is here."""

    child: ChildProcess | None = None
    ended: bool = False


class Bench:
    """What one Dask worker keeps between jobs: files by content, and warm child processes."""

    def __init__(self, address: str, folder: Path) -> None:
        self.inbox = Inbox()
        self._address = address
        self._files = WorkerFiles(folder)
        self._idle: list[tuple[JobLimits, int, ChildProcess]] = []
        self._attempts: dict[str, _Attempt] = {}
        self._lock = threading.Lock()
        self._background = threading.Lock()
        self._fetching = threading.Lock()  # jobs that begin together lack the same files

    def do(self, assignment: Assignment, publish: Publish) -> Outcome:
        """One job.

        Raises:
            WorkshopError: it has no result.
        """
        differing = differences(assignment.versions, build_versions())
        if differing:
            raise BuildFailed(f"the Dask worker has {differing}: install what the controller has")
        with self._lock:
            self._attempts[assignment.attempt] = _Attempt()
        try:
            with self._background if assignment.job.background else nullcontext():
                publish(WorkerReport(attempt=assignment.attempt, worker=self._address, begun=True))
                return self._do_in_folders(assignment, publish)
        finally:
            for name in assignment.job.private:
                self._files.forget(assignment.files.get(name, []))
            self._forget(assignment.attempt)

    def end(self, attempt: str) -> None:
        """End an attempt at once, if it is here."""
        with self._lock:
            here = self._attempts.get(attempt)
            if here is not None:
                here.ended = True
                if here.child is not None:
                    here.child.kill(BuildCancelled("it was cancelled"))

    def _forget(self, attempt: str) -> None:
        with self._lock:
            del self._attempts[attempt]
            if not self._attempts:
                self._files.trim()

    def _do_in_folders(self, assignment: Assignment, publish: Publish) -> Outcome:
        self._fetch(assignment, publish)
        folders = self._files.lay_out(assignment.files)
        try:
            return self._outcome(assignment, folders, self._run(assignment, folders, publish))
        finally:
            if CACHE in folders:
                shutil.rmtree(folders[CACHE], ignore_errors=True)

    def _fetch(self, assignment: Assignment, publish: Publish) -> None:
        with self._fetching:
            shas = [ref.sha256 for ref in self._files.lacking(assignment.files)]
            if not shas:
                return
            self.inbox.clear()  # of what came too late for an earlier job
            publish(WorkerReport(attempt=assignment.attempt, worker=self._address, lacks=shas))
            kept = self._files.blobs.put_chunks(self.inbox.take(sha) for sha in shas)
            if kept != set(shas):
                raise BuildFailed("materials of the job have changed meanwhile")

    def _run(self, assignment: Assignment, folders: dict[str, str], publish: Publish) -> Any:
        def report(share: float, stage: str) -> None:
            publish(WorkerReport(attempt=assignment.attempt, share=share, stage=stage))

        job = msgspec.structs.replace(assignment.job, materials=folders)
        limits = JobLimits(assignment.memory_cap_bytes, assignment.timeout_s)
        nice = BACKGROUND_NICE if job.background else 0
        child = self._child(assignment.attempt, limits, nice)
        try:
            return child.run(job, report)
        finally:
            with self._lock:
                self._attempts[assignment.attempt].child = None
                self._idle.append((limits, nice, child))

    def _child(self, attempt: str, limits: JobLimits, nice: int) -> ChildProcess:
        """A warm one, or a new one; from now on it is ended with the attempt."""
        with self._lock:
            here = self._attempts[attempt]
            if here.ended:
                raise BuildCancelled("it was cancelled")
            fitting = [entry for entry in self._idle if entry[:2] == (limits, nice)]
            if fitting:
                self._idle.remove(fitting[0])
            here.child = fitting[0][2] if fitting else ChildProcess(limits, nice)
            return here.child

    def _outcome(self, assignment: Assignment, folders: dict[str, str], result: Any) -> Outcome:
        if CACHE not in folders:
            return Outcome(result=result)
        folder, inputs = Path(folders[CACHE]), assignment.files.get(CACHE, [])
        return Outcome(
            result=result, files=self._files.outputs(folder, assignment.job.writes, inputs)
        )


def _bench(worker: Worker) -> Bench:
    with _opening:
        bench = _benches.get(worker.id)
        if bench is None:
            # Dask removes this folder when the worker ends.
            folder = Path(worker.local_directory) / "lamplighter"
            bench = _benches[worker.id] = Bench(worker.address, folder)
        return bench
