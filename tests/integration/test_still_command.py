"""`lamplighter still` writes a picture or a sketch, for its owner alone, or says why not."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_controller.api.app import create_app
from lamplighter_wire.messages import Street, StreetLine

from tests.simulators.controller_rig import Rig
from tests.simulators.served_app import CommandLine, api_of, command_line
from tests.simulators.still_camera import JPEG, StillCamera

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


@pytest.fixture
def camera(rig: Rig) -> StillCamera:
    made = StillCamera(rig)
    made.answers = {}
    return made


@pytest.fixture
def line(rig: Rig, camera: StillCamera, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    app = create_app(rig.services, recipes=dict, counters=dict)
    token = rig.services.access.make_token("ops", "operator")
    with command_line(app, token, monkeypatch) as made:
        yield made


def test_the_picture_as_the_device_gave_it(
    line: CommandLine, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "gate.jpg"
    assert line.run("still", "cam-1", "-o", str(out)) == EXIT_OK
    assert out.read_bytes() == JPEG
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    said = capsys.readouterr().out
    assert "too coarse for faces and plates" in said
    assert "lines are drawn in pixels of 640x480" in said


def test_a_sketch_has_the_lines_that_it_counts_on(
    line: CommandLine, rig: Rig, tmp_path: Path, capsys: Captured
) -> None:
    north = StreetLine(name="north", ends=((0, 9), (99, 9)))
    rig.services.configurations.set_street("cam-1", Street(lines=[north]), "ops")
    out = tmp_path / "gate.svg"
    assert line.run("still", "cam-1", "-o", str(out), "--json") == EXIT_OK
    assert ">north</text>" in out.read_text()
    said = json.loads(capsys.readouterr().out)
    assert (said["privacy"], said["width"], said["jpeg"]) == ("blurred", 640, "")


def test_no_picture_is_asked_for_that_cannot_be_written(
    line: CommandLine, camera: StillCamera, tmp_path: Path, capsys: Captured
) -> None:
    assert line.run("still", "cam-1", "-o", str(tmp_path / "gate.png")) == EXIT_FAILED
    assert "name a file that ends in .jpg or .svg" in capsys.readouterr().err
    assert camera.commands == []


def test_why_there_is_none(
    line: CommandLine, camera: StillCamera, tmp_path: Path, capsys: Captured
) -> None:
    camera.answers = {"refused": "stills is off", "jpeg": b"", "preview": b""}
    out = tmp_path / "gate.jpg"
    assert line.run("still", "cam-1", "-o", str(out)) == EXIT_FAILED
    assert "cam-1 gives no still: stills is off" in capsys.readouterr().err
    assert not out.exists()


def test_only_operators_who_reach_the_device_get_one(rig: Rig, camera: StillCamera) -> None:
    app = create_app(rig.services, recipes=dict, counters=dict)
    rig.store.configure_device("cam-1", None, site="north")
    for role, scope, status in (
        ("viewer", "", 403),
        ("operator", "site:south", 404),
        ("operator", "site:north", 200),
    ):
        token = rig.services.access.make_token(f"{role}{status}", role, scope=scope)
        assert api_of(app, token).post("/devices/cam-1/still", json={}).status_code == status
    assert len(camera.commands) == 1
    noted = api_of(app, rig.services.access.make_token("a", "admin")).get("/audit/export").json()
    asked = [one for one in noted if one["operation"] == "take_still"]
    assert [one["outcome"] for one in asked] == ["refused", "refused", "ordered"]
