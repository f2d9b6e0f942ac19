"""Two agents in processes of their own: one serves the other, and both are set while they serve."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lamplighter_client.configuring import endpoints as configuring
from lamplighter_client.documents.configuring.configurations import (
    Feature,
    FeatureProperties,
    LineString,
    StreetFile,
)
from lamplighter_controller.link.mosquitto import free_port
from lamplighter_wire.messages import Telemetry
from lamplighter_wire.signing import SigningKey

from tests.simulators.blobs import blob_detector
from tests.simulators.camera_process import CameraProcess
from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.tiny_world import build

pytestmark = [pytest.mark.broker]
LINE = Feature(
    geometry=LineString(coordinates=[[9, 0], [9, 90]]),
    properties=FeatureProperties(name="north"),
)


@contextmanager
def _serving(
    folder: Path, name: str, control: RunningController, settings: str
) -> Iterator[CameraProcess]:
    """A device that has committed to its first variant."""
    agent = CameraProcess(folder / name, name, settings)
    agent.enrol(control.url, control.new_token(name))
    agent.start()
    try:
        eventually(lambda: _is_committed(control, name), f"{name} to serve")
        yield agent
    finally:
        agent.stop()


def _is_committed(control: RunningController, device: str) -> bool:
    reported = control.device(device).reported
    return reported is not None and reported.outcome == "committed"


def _window_on(control: RunningController, device: str, street: int) -> Telemetry | None:
    """The newest window, if it was counted on that version of the street."""
    newest = control.windows(device, "")[-1:]
    return newest[0] if newest and newest[0].street == street else None


def test_a_camera_has_its_model_from_a_gateway_and_lines_from_the_controller(
    tmp_path: Path,
) -> None:
    key, port = SigningKey.generate(), free_port()
    control = RunningController(tmp_path / "controller", key)
    control.offer(build("first", key, draw=blob_detector), ap50=0.78, mmac=300.0)
    gateway = f'serve_neighbours = "127.0.0.1:{port}"'
    camera = f'neighbour = "http://127.0.0.1:{port}"'
    with control.running(), _serving(tmp_path, "gateway", control, gateway):
        sent = control.controller.chunks.counts()
        assert sent["chunks"] > 0, "the gateway's came over the broker"
        with _serving(tmp_path, "camera", control, camera):
            after = control.controller.chunks.counts()["bytes"] - sent["bytes"]
            assert after < sent["bytes"], "the gateway lacks what it needed for its own proof only"
            street = StreetFile(type="FeatureCollection", features=[LINE])
            control.client.send(configuring.set_street("camera", street, "drawn"))
            eventually(lambda: _window_on(control, "camera", 1), "a window on the new line")
