"""Shared by all tests: no settings of the developer's own machine leak in."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.simulators.controller_process import Server, kept_server
from tests.simulators.dask_cluster import DaskCluster
from tests.simulators.postgres import REMEDY, PostgresServer, binaries

# How long an example takes, or to make some, says more of the machine's load than of the code.
settings.register_profile(
    "lamplighter", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("lamplighter")

os.environ["ORT_DISABLE_TELEMETRY"] = "1"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("LAMPLIGHTER_"):
            monkeypatch.delenv(name)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A controller's process, not started yet."""
    with kept_server(tmp_path / "data") as made:
        yield made


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    tools = binaries()
    if tools is None:
        pytest.skip(REMEDY)
    server = PostgresServer(tools)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def dask_cluster() -> Iterator[DaskCluster]:
    """A scheduler with one worker, which tests leave as they find them."""
    cluster = DaskCluster()
    try:
        cluster.start_worker("one")
        yield cluster
    finally:
        cluster.stop()
