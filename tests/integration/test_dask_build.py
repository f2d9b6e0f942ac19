"""Builds on a real Dask cluster: equal to local ones, and finished although a worker is killed."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from distributed import Client
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.executors.child_pool import ChildPool
from lamplighter_controller.workshop.executors.executor import Executor, JobLimits
from lamplighter_controller.workshop.materials import materials_in
from lamplighter_controller.workshop.remote.dask_address import DaskAddress
from lamplighter_controller.workshop.remote.dask_executor import DaskExecutor
from lamplighter_controller.workshop.workshop import Workshop, WorkshopSettings
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.clock import ManualClock, SystemClock
from lamplighter_wire.codec import decode

from tests.simulators.dask_cluster import DaskCluster

WAIT_S = 240.0
RECIPE = "int8-p50"
LIMITS = JobLimits(timeout_s=WAIT_S)


class Place:
    """A workshop with folders of its own."""

    def __init__(self, folder: Path, executor: Executor) -> None:
        self.store = ArtifactStore(folder / "artifacts")
        settings = WorkshopSettings(materials_in("", folder / "cache"))
        self.workshop = Workshop(settings, executor, self.store, lambda raw: raw, ManualClock())
        self.trouble: list[str] = []
        self.preparation = self.workshop.start(self.trouble.append)

    def offer(self) -> VariantSpec:
        """One of those that the recipe makes: some processors want weights of seven bits."""
        return next(spec for spec in self.workshop.offers() if spec.recipe == RECIPE)

    def manifest(self, built: VariantSpec) -> Manifest:
        raw = self.store.manifest(built.manifest)
        assert raw is not None
        return decode(raw, Manifest)


@pytest.fixture
def cluster() -> Iterator[DaskCluster]:
    cluster = DaskCluster()
    yield cluster
    cluster.stop()


def _on(cluster: DaskCluster) -> DaskExecutor:
    return DaskExecutor(DaskAddress(cluster.url), LIMITS, SystemClock())


@pytest.mark.slow
@pytest.mark.timeout(900)  # two processes export with torch what the controller exports as well
def test_a_worker_is_killed_and_the_build_is_that_of_the_controller(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        cluster.start_worker(name)
    remote = Place(tmp_path / "remote", _on(cluster))
    remote.preparation.result(WAIT_S)
    begun = threading.Event()
    future = _build(remote, begun)
    assert begun.wait(WAIT_S)
    cluster.kill(_builder(cluster))
    built = future.result(WAIT_S)
    remote.workshop.close()

    local = Place(tmp_path / "local", ChildPool())
    local.preparation.result(WAIT_S)
    expected = local.manifest(local.workshop.build(local.offer()).result(WAIT_S))
    local.workshop.close()
    manifest = remote.manifest(built)
    assert manifest.artifact_sha256 == expected.artifact_sha256
    assert manifest.chunks == expected.chunks
    assert all(remote.store.read_chunk(ref.sha256) for ref in manifest.chunks)
    assert manifest.golden == expected.golden


def _build(place: Place, begun: threading.Event) -> "Future[VariantSpec]":
    return place.workshop.build(place.offer(), lambda _share, _stage: begun.set())


def _builder(cluster: DaskCluster) -> str:
    """The worker that builds."""
    with Client(cluster.url, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        workers = client.scheduler_info(n_workers=-1)["workers"]
        (address,) = [
            worker
            for worker, keys in client.processing().items()
            if any(key.startswith(RECIPE) for key in keys)
        ]
    return str(workers[address]["name"])
