"""Dask goes away and comes back, lacks what it needs, or wants certificates."""

import re
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lamplighter_controller.workshop.executors.executor import JobLimits
from lamplighter_controller.workshop.jobs import BuildFailed, Job, NoWorker, WorkerDied
from lamplighter_controller.workshop.remote.dask_address import DaskTls, dask_address
from lamplighter_controller.workshop.remote.dask_executor import DaskExecutor
from lamplighter_wire.clock import SystemClock

from tests.simulators.dask_cluster import DaskCluster

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/build-on-dask.md"
TARGETS = "tests.simulators.workshop_jobs"
WAIT_S = 120.0
NO_TLS = DaskTls()


class Watched:
    """An executor, and the trouble it has reported."""

    def __init__(
        self, cluster: DaskCluster, limit_s: float = WAIT_S, tls: DaskTls = NO_TLS
    ) -> None:
        kind = "dask+tls" if tls.ca else "dask"
        address = dask_address(f"{kind}://{cluster.url.split('//')[1]}", tls)
        self.executor = DaskExecutor(address, JobLimits(timeout_s=limit_s), SystemClock())
        self.trouble: list[str] = []
        self.executor.start(self.trouble.append)

    def double(self, value: int) -> Any:
        job = Job(
            key=f"double {value}",
            target=f"{TARGETS}:double",
            payload={"value": value},
        )
        return self.executor.submit(job)


@pytest.fixture
def new() -> Iterator[Callable[..., DaskCluster]]:
    clusters: list[DaskCluster] = []

    def make(*options: str, **lacking: str) -> DaskCluster:
        clusters.append(DaskCluster(*options, **lacking))
        return clusters[-1]

    yield make
    for cluster in clusters:
        cluster.stop()


def _eventually(check: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_jobs_wait_for_workers_and_for_a_scheduler_that_comes_back(
    new: Callable[..., DaskCluster],
) -> None:
    cluster = new()
    watched = Watched(cluster)
    waiting = watched.double(1)
    _eventually(lambda: any("has no workers" in text for text in watched.trouble))
    cluster.start_worker("one")
    assert waiting.result(WAIT_S) == {"value": 2}
    _eventually(lambda: watched.trouble[-1] == "")
    cluster.kill("scheduler")
    _eventually(lambda: watched.trouble[-1])
    assert cluster.url in watched.trouble[-1]
    waiting = watched.double(2)
    cluster.kill("one")
    cluster.start_scheduler()
    cluster.start_worker("one")
    assert waiting.result(WAIT_S) == {"value": 4}
    _eventually(lambda: watched.trouble[-1] == "")
    watched.executor.shutdown()


def test_a_job_that_takes_its_workers_along_fails(
    new: Callable[..., DaskCluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    cluster = new()
    cluster.start_worker("one")
    watched = Watched(cluster)
    begun = threading.Event()
    job = Job(key="sleep", target=f"{TARGETS}:sleep", payload={"seconds": 60})
    future = watched.executor.submit(job, lambda _share, _stage: begun.set())
    assert begun.wait(WAIT_S)
    cluster.kill("one")
    with pytest.raises(WorkerDied, match="all Dask workers that tried it died"):
        future.result(WAIT_S)
    watched.executor.shutdown()


def test_nobody_there_fails_a_job_after_its_time_and_harms_nobody(
    new: Callable[..., DaskCluster],
) -> None:
    cluster = new()
    cluster.kill("scheduler")
    watched = Watched(cluster, limit_s=2.0)
    with pytest.raises(NoWorker, match="cannot be reached"):
        watched.double(1).result(WAIT_S)
    watched.executor.shutdown()


def test_a_scheduler_needs_nothing_of_ours_and_a_worker_says_what_it_lacks(
    new: Callable[..., DaskCluster],
) -> None:
    cluster = new(lacking="lamplighter_controller")
    cluster.start_worker("bare")
    watched = Watched(cluster)
    with pytest.raises(BuildFailed, match=r"install lamplighter\[compress,dask\]"):
        watched.double(1).result(WAIT_S)
    cluster.kill("bare")
    cluster.lacking = ""
    cluster.start_worker("whole")
    assert watched.double(2).result(WAIT_S) == {"value": 4}
    watched.executor.shutdown()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_strangers_are_kept_out_by_certificates(
    new: Callable[..., DaskCluster], tmp_path: Path
) -> None:
    ours = _certificates(tmp_path / "ours")
    options = ["--protocol", "tls", "--tls-ca-file", ours.ca, "--tls-cert", ours.cert]
    cluster = new(*options, "--tls-key", ours.key)
    cluster.start_worker("one")
    watched = Watched(cluster, tls=ours)
    assert watched.double(1).result(WAIT_S) == {"value": 2}
    watched.executor.shutdown()
    stranger = Watched(cluster, limit_s=1.0, tls=_certificates(tmp_path / "theirs"))
    with pytest.raises(NoWorker, match="cannot be reached"):
        stranger.double(1).result(WAIT_S)
    stranger.executor.shutdown()


def _certificates(folder: Path) -> DaskTls:
    """Made by the commands of the how-to page."""
    folder.mkdir()
    for command in re.findall(r"^openssl .*$", PAGE.read_text(), re.MULTILINE):
        subprocess.run(shlex.split(command), cwd=folder, check=True, capture_output=True)
    return DaskTls(*(str(folder / name) for name in ("dask-ca.pem", "dask.pem", "dask.key")))
