"""The log of a real agent over a real broker: asked for, answered by itself, kept by nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.errors import RefusedError
from lamplighter_client.target import Target
from lamplighter_wire.signing import SigningKey

from tests.simulators.camera_process import CameraProcess
from tests.simulators.running_controller import RunningController, eventually

pytestmark = pytest.mark.broker


@pytest.fixture
def control(tmp_path: Path) -> Iterator[RunningController]:
    made = RunningController(tmp_path / "controller", SigningKey.generate())
    with made.running():
        yield made


@contextmanager
def camera(folder: Path, control: RunningController) -> Iterator[str]:
    """A device that is connected."""
    one = CameraProcess(folder / "cam", "cam-1")
    one.enrol(control.url, control.new_token(one.name))
    one.start()
    try:
        eventually(lambda: control.device(one.name).online, "it to connect")
        yield one.name
    finally:
        one.stop()


def test_an_agent_tells_what_it_has_logged(tmp_path: Path, control: RunningController) -> None:
    with camera(tmp_path, control) as device:
        told = control.client.send(endpoints.read_log(device))
        assert told.device == device
        assert told.lines
        assert told.lines[0].at <= told.lines[-1].at <= told.at
        assert {line.level for line in told.lines} <= {"info", "warning", "error"}
        logged = (tmp_path / "cam" / "agent.log").read_text()
        assert all(line.logger in logged for line in told.lines)
        with pytest.raises(RefusedError, match="gives one in 2 s"):
            control.client.send(endpoints.read_log(device))
    viewer = control.services.access.make_token("looker", "viewer")
    with (
        Client(Target(control.url, viewer)) as looker,
        pytest.raises(RefusedError, match="needs the role operator"),
    ):
        looker.send(endpoints.read_log(device))
    with pytest.raises(RefusedError, match="not connected"):
        eventually(lambda: not control.device(device).online, "it to be gone")
        control.client.send(endpoints.read_log(device))
