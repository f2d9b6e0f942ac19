"""What travels between the controller and a worker that has none of its folders."""

from typing import Any

import msgspec

from lamplighter_controller.workshop.jobs import (
    BuildCancelled,
    BuildFailed,
    BuildTimedOut,
    Job,
    WorkerDied,
    WorkshopError,
)

FAILURES = {
    kind.__name__: kind for kind in (BuildFailed, BuildTimedOut, BuildCancelled, WorkerDied)
}


class FileRef(msgspec.Struct, frozen=True, order=True):
    """A file by its path inside its folder, and by its content."""

    path: str
    sha256: str
    size_bytes: int = 0


class OutputFile(msgspec.Struct, frozen=True):
    """A file that a job has left, by its path inside the cache."""

    path: str
    raw: bytes


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at a job.

    Attributes:
        attempt: its name in reports and when it is to end.
        files: what lies in each folder of the job's materials, by the folder's name.
        topic: where reports go.
        versions: what the worker must have.
    """

    attempt: str
    job: Job
    files: dict[str, list[FileRef]] = {}
    topic: str = ""
    versions: dict[str, str] = {}
    memory_cap_bytes: int = 0
    timeout_s: float = 600.0


class WorkerReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A worker's report while it works: begun, how far it is, or which files it lacks."""

    attempt: str
    worker: str = ""  # its address; Dask adds it, too
    begun: bool = False
    share: float = 0.0
    stage: str = ""
    lacks: list[str] = []


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an attempt ended. The files are in the order in which the job has written them."""

    failure: str = ""
    error: str = ""
    result: Any = None
    files: list[OutputFile] = []

    @classmethod
    def failed(cls, error: WorkshopError) -> "Outcome":
        """That of a job without a result."""
        return cls(failure=type(error).__name__, error=str(error))

    def raise_failure(self) -> None:
        """Raises:
        WorkshopError: the job failed, and how.
        """
        if self.failure:
            raise FAILURES.get(self.failure, BuildFailed)(self.error)
