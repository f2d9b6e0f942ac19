"""A Docker engine of our own, outside the ordinary suite: `make engine` prepares it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_wire.signing import SigningKey

from tests.engine.machines import MACHINE
from tests.engine.own_engine import OwnEngine
from tests.engine.site import Site
from tests.simulators.blobs import blob_clip
from tests.simulators.running_controller import RunningController

BASE, IMAGE = "lamplighter-base:test", "lamplighter-agent:test"


@pytest.fixture(scope="session")
def prepared() -> Path:
    """The folder that deploy/setup/engine.sh has filled."""
    folder = Path(os.environ.get("LAMPLIGHTER_ENGINE", ""))
    if not folder.is_absolute() or not (folder / "base.tar").exists():
        pytest.skip("no engine is prepared here: run `make engine`")
    if os.getuid():
        pytest.skip("starting an engine takes root: run `make engine` as root")
    return folder


@pytest.fixture(scope="session")
def own_engine(prepared: Path) -> Iterator[OwnEngine]:
    """It holds the base image and the agent's, built from the checkout."""
    engine = OwnEngine(prepared)
    try:
        engine.client.api.import_image_from_file(str(prepared / "base.tar"), *BASE.split(":"))
        lines = list(
            DockerEngine(engine.client).build_image(
                prepared / "image", IMAGE, {"BASE": BASE, "TARGETARCH": "amd64"}
            )
        )
        assert any("Successfully built" in line for line in lines)
        yield engine
    finally:
        engine.stop()


@pytest.fixture(scope="session")
def machine_image(own_engine: OwnEngine, prepared: Path) -> str:
    """A whole Debian: systemd, mosquitto, PostgreSQL, Prometheus."""
    own_engine.client.api.import_image_from_file(str(prepared / "machine.tar"), *MACHINE.split(":"))
    return MACHINE


@pytest.fixture(scope="session")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningController]:
    """Containers reach it, because they share the machine's network."""
    folder = tmp_path_factory.mktemp("controller")
    running = RunningController(folder / "var", SigningKey.generate())
    with running.running():
        yield running


@pytest.fixture
def site(own_engine: OwnEngine, controller: RunningController, tmp_path: Path) -> Iterator[Site]:
    """A gateway without containers, whose cameras play a clip."""
    clips = Path("/tmp") / f"lamplighter-clips-{os.getpid()}"
    clips.mkdir(mode=0o755, exist_ok=True)
    blob_clip(clips / "street.mp4", light=0.4, to_the_right=True)
    try:
        yield Site(own_engine, controller, tmp_path, clips, IMAGE)
    finally:
        own_engine.clear()
        shutil.rmtree(clips)
