"""What every executor of the workshop does: results, errors, limits, cancelling, death."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import psutil
import pytest
from lamplighter_controller.workshop.executors.child_pool import ChildPool
from lamplighter_controller.workshop.executors.executor import Executor, JobLimits
from lamplighter_controller.workshop.jobs import (
    BuildCancelled,
    BuildFailed,
    BuildTimedOut,
    Job,
    WorkerDied,
)
from lamplighter_controller.workshop.remote.dask_address import DaskAddress
from lamplighter_controller.workshop.remote.dask_executor import DaskExecutor
from lamplighter_wire.clock import SystemClock

from tests.simulators.dask_cluster import DaskCluster

TARGETS = "tests.simulators.workshop_jobs"
WAIT_S = 120.0
CAP_BYTES = 400 * 1024**2
SHORT_S = 1.0

Make = Callable[[JobLimits], Executor]


@pytest.fixture(params=["children", "dask"])
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Starts an executor with one worker; ends it after the test."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    made: list[Executor] = []

    def new(limits: JobLimits) -> Executor:
        if request.param == "children":
            return ChildPool(1, limits)
        cluster: DaskCluster = request.getfixturevalue("dask_cluster")
        return DaskExecutor(DaskAddress(cluster.url), limits, SystemClock())

    def start(limits: JobLimits) -> Executor:
        executor = new(limits)
        made.append(executor)
        executor.start()
        return executor

    yield start
    for executor in made:
        executor.shutdown()


@pytest.fixture
def executor(make: Make) -> Executor:
    return make(JobLimits(CAP_BYTES, WAIT_S))


def _job(name: str, key: str = "", **payload: Any) -> Job:
    return Job(key=key or name, target=f"{TARGETS}:{name}", payload=payload)


def _begun(executor: Executor, job: Job) -> "Future[Any]":
    begun = threading.Event()
    future = executor.submit(job, lambda _share, _stage: begun.set())
    assert begun.wait(WAIT_S)
    return future


def _pid(executor: Executor) -> int:
    """The process that does jobs, once it is warm."""
    pid = executor.submit(_job("pid", f"pid {time.monotonic()}")).result(WAIT_S)
    assert isinstance(pid, int)
    return pid


def test_a_job_reports_progress_and_prints_do_not_disturb(executor: Executor) -> None:
    reported: list[tuple[float, str]] = []
    future = executor.submit(
        _job("double", value=21), lambda share, stage: reported.append((share, stage))
    )
    assert future.result(WAIT_S) == {"value": 42}
    assert reported == [(0.5, "half")]


def test_bytes_come_back_as_they_are(executor: Executor) -> None:
    result = executor.submit(_job("picture", size_bytes=2_560_000)).result(WAIT_S)
    assert result == {"raw": bytes(range(256)) * 10_000}


def test_the_process_stays_warm_and_equal_jobs_are_one(executor: Executor, tmp_path: Path) -> None:
    assert _pid(executor) == _pid(executor)
    end = tmp_path / "end"
    running = _begun(executor, _job("wait_for", path=str(end)))
    assert executor.submit(_job("wait_for", path=str(end))) is running
    end.touch()
    running.result(WAIT_S)


def test_a_job_that_raises_says_why(executor: Executor) -> None:
    with pytest.raises(BuildFailed, match="no such street"):
        executor.submit(_job("fail")).result(WAIT_S)


def test_a_killed_process_fails_its_job_and_is_replaced(executor: Executor) -> None:
    pid = _pid(executor)
    future = _begun(executor, _job("sleep", seconds=60))
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerDied, match="-9"):
        future.result(WAIT_S)
    assert executor.submit(_job("double", value=1)).result(WAIT_S) == {"value": 2}


def test_cancelling_ends_a_running_job_and_drops_a_waiting_one(executor: Executor) -> None:
    pid = _pid(executor)
    running = _begun(executor, _job("sleep", seconds=60))
    waiting = executor.submit(_job("double", value=1))
    assert executor.cancel("double")
    assert executor.cancel("sleep")
    with pytest.raises(BuildCancelled):
        running.result(WAIT_S)
    with pytest.raises(CancelledError):
        waiting.result(WAIT_S)
    assert not executor.cancel("sleep")
    assert _pid(executor) != pid, "its process is gone, so it works no longer"


def test_a_job_over_the_memory_cap_fails_and_the_next_one_works(executor: Executor) -> None:
    with pytest.raises((BuildFailed, WorkerDied), match="memory"):
        executor.submit(_job("hoard", size_bytes=2 * CAP_BYTES)).result(WAIT_S)
    assert executor.submit(_job("double", value=3)).result(WAIT_S) == {"value": 6}


def test_a_job_that_takes_too_long_is_ended(make: Make) -> None:
    executor = make(JobLimits(timeout_s=SHORT_S))
    began = time.monotonic()
    with pytest.raises(BuildTimedOut, match="longer than 1 s"):
        executor.submit(_job("sleep", seconds=60)).result(WAIT_S)
    assert time.monotonic() - began < 50, "it did not sleep to its end"


def test_shutting_down_fails_what_runs(executor: Executor) -> None:
    pid = _pid(executor)
    future = _begun(executor, _job("sleep", seconds=60))
    executor.shutdown()
    with pytest.raises(BuildCancelled):
        future.result(WAIT_S)
    assert _is_gone(pid)


def test_background_jobs_have_a_process_of_their_own(executor: Executor) -> None:
    pid = _pid(executor)
    job = Job(key="later", target=f"{TARGETS}:pid", background=True)
    assert executor.submit(job).result(WAIT_S) != pid


def test_materials_are_read_and_what_is_left_serves_the_next_job(
    executor: Executor, tmp_path: Path
) -> None:
    materials = {"weights_dir": str(tmp_path / "weights"), "cache_dir": str(tmp_path / "cache")}
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "full.txt").write_text("seven million")
    copy = Job(
        key="copy",
        target=f"{TARGETS}:copy",
        payload={"source": "full.txt", "target": "parents/full/graph.txt"},
        materials=materials,
        reads={"weights_dir": ["full.*"], "cache_dir": ["parents/full/**/*"]},
        writes=["parents/full/**/*"],
    )
    assert executor.submit(copy).result(WAIT_S) == "seven million"
    assert (tmp_path / "cache/parents/full/graph.txt").read_text() == "seven million"
    read = Job(
        key="read",
        target=f"{TARGETS}:read_cache",
        payload={"name": "parents/full/graph.txt"},
        materials=materials,
        reads={"cache_dir": ["parents/full/**/*"]},
    )
    assert executor.submit(read).result(WAIT_S) == "seven million"


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + WAIT_S
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not psutil.pid_exists(pid)
