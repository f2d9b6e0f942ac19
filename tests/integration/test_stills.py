"""A still of a real agent over a real broker: as its owner permits it, noted, kept by nobody."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lamplighter_client import endpoints
from lamplighter_client.audit_endpoints import audit_export
from lamplighter_client.client import Client
from lamplighter_client.errors import RefusedError
from lamplighter_client.street.endpoints import take_still
from lamplighter_client.target import Target
from lamplighter_controller.services.street.stills import Stills
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Command, Still
from lamplighter_wire.policy.still_limits import is_still
from lamplighter_wire.signing import SigningKey

from tests.simulators.blobs import CLIP_SIZE, blob_detector
from tests.simulators.camera_process import CameraProcess
from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.tiny_world import build

pytestmark = pytest.mark.broker


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Still]:
    """What has come to the controller, whether somebody waits for it or not."""
    stills: list[Still] = []
    receive = Stills.receive

    def overhear(service: Stills, device: str, still: Still) -> None:
        stills.append(still)
        receive(service, device, still)

    monkeypatch.setattr(Stills, "receive", overhear)
    return stills


@pytest.fixture
def control(tmp_path: Path, heard: list[Still]) -> Iterator[RunningController]:
    key = SigningKey.generate()
    made = RunningController(tmp_path / "controller", key)
    made.offer(build("generic", key, draw=blob_detector), ap50=0.78, mmac=300.0)
    with made.running():
        yield made


@contextmanager
def camera(folder: Path, control: RunningController, settings: str) -> Iterator[str]:
    """A device that serves; `settings`: what its owner has set."""
    one = CameraProcess(folder / "cam", "cam-1", settings)
    one.enrol(control.url, control.new_token(one.name))
    one.start()
    try:
        eventually(lambda: _serves(control), "it to serve")
        yield one.name
    finally:
        one.stop()


def _serves(control: RunningController) -> bool:
    reported = control.device("cam-1").reported
    return reported is not None and reported.outcome == "committed"


def _kinds(control: RunningController) -> list[str]:
    return [event.kind for event in control.client.send(endpoints.events(limit=200))]


def _files_with(folder: Path, content: bytes) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file() and content in one.read_bytes()]


def test_a_still_is_given_noted_and_kept_nowhere(
    tmp_path: Path, control: RunningController
) -> None:
    with camera(tmp_path, control, 'stills = "blurred"') as device:
        still = control.client.send(take_still(device))
        assert is_still(still.jpeg, still.preview, still.preview_width, still.preview_height)
        assert (still.device, still.privacy) == (device, "blurred")
        assert (still.width, still.height) == CLIP_SIZE
        assert max(still.preview_width, still.preview_height) <= 160
        with pytest.raises(RefusedError, match="a moment ago"):
            control.client.send(take_still(device))
        eventually(lambda: {"still_asked", "still_sent"} <= set(_kinds(control)), "both to tell")
        noted = control.client.send(audit_export())
        asked = [entry for entry in noted if entry.operation == "take_still"]
        assert {(one.who, one.subject) for one in asked} == {("test", f"device:{device}")}
        assert {one.outcome for one in asked} == {"ordered", "refused"}
    assert _files_with(tmp_path, still.jpeg[:200]) == []


def test_a_viewer_gets_none(tmp_path: Path, control: RunningController) -> None:
    token = control.services.access.make_token("looker", "viewer")
    with (
        Client(Target(control.url, token)) as viewer,
        pytest.raises(RefusedError, match="needs the role operator"),
    ):
        viewer.send(take_still("cam-1"))


def test_who_is_set_to_give_none_gives_none_whatever_a_controller_says(
    tmp_path: Path, control: RunningController, heard: list[Still]
) -> None:
    with camera(tmp_path, control, "share_pictures = true") as device:
        with pytest.raises(RefusedError, match="stills is off in the settings of this device"):
            control.client.send(take_still(device))
        pushy: list[dict[str, Any]] = [
            {"order": "a", "privacy": "full", "stills": "full"},
            {"order": "b", "settings": {"stills": "full"}, "force": True},
            {"order": ["c"]},
        ]
        for data in pushy:
            _command(control, device, data)
        eventually(lambda: len(heard) == 1 + len(pushy), "an answer to each")
        assert all(still.refused and not (still.jpeg or still.preview) for still in heard)
        eventually(lambda: "still_refused" in _kinds(control), "it to tell")
        assert "still_sent" not in _kinds(control)


def _command(control: RunningController, device: str, data: dict[str, Any]) -> None:
    """As whoever has taken the controller over."""
    command = Command(id=secrets.token_hex(8), device=device, kind="still", data=data)
    control.controller.connection.publish(topics.down(device, "command"), encode(command))
