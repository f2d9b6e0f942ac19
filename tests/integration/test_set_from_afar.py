"""Settings, streets and their rollouts over the API and the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_controller.api.app import create_app
from lamplighter_wire.messages import CameraFacts

from tests.simulators.configured_fleet import ConfiguredFleet
from tests.simulators.rollout_fleet import OLD
from tests.simulators.served_app import CommandLine, api_of, command_line

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


ACROSS = (
    "mask 'garden' lies across line 'north': whoever crosses it there is not counted; move one of"
    " them\n"
)


def feature(kind: str, coordinates: Any, name: str, **more: Any) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"name": name, **more}}


def street(name: str = "north") -> dict[str, Any]:
    north = feature("LineString", [[10, 0], [10, 90]], name)
    garden = feature("Polygon", [[[0, 0], [20, 0], [20, 20], [0, 0]]], "garden", mask=True)
    return {
        "type": "FeatureCollection",
        "width": 100,
        "height": 100,
        "features": [north, garden],
        "positions": [{"latitude": 52.27, "longitude": 10.53, "heading_deg": 135.0}],
    }


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[ConfiguredFleet]:
    made = ConfiguredFleet(tmp_path, [OLD], count=3)
    made.rig.services.groups.create("all", "id=cam-*")
    yield made
    made.rig.close()


@pytest.fixture
def app(fleet: ConfiguredFleet) -> FastAPI:
    return create_app(fleet.rig.services, recipes=dict, counters=dict)


@pytest.fixture
def line(
    app: FastAPI, fleet: ConfiguredFleet, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CommandLine]:
    token = fleet.rig.services.access.make_token("ops", "operator")
    with command_line(app, token, monkeypatch) as made:
        yield made


def test_a_street_is_drawn_shown_and_taken_back(
    line: CommandLine, fleet: ConfiguredFleet, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "cam-0.geojson"
    file.write_text(json.dumps(street()))
    assert line.run("street", "set", "cam-0", str(file), "--reason", "new camera") == EXIT_OK
    assert capsys.readouterr().out == f"version 1 waits for cam-0\n{ACROSS}"
    assert line.run("street", "set", "cam-0", str(file)) == EXIT_OK
    same = "nothing changes: this street is set already, in version 1\n"
    assert capsys.readouterr().out == f"version 1 waits for cam-0\n{same}{ACROSS}"
    fleet.obey()
    assert line.run("street", "show", "cam-0") == EXIT_OK
    shown = capsys.readouterr()
    north, garden = json.loads(shown.out)["features"]
    assert north["properties"]["name"] == "north"
    assert (garden["properties"]["name"], garden["properties"]["mask"]) == ("garden", True)
    (position,) = json.loads(shown.out)["positions"]
    assert (position["latitude"], position["heading_deg"]) == (52.27, 135.0)
    assert shown.err == f"version 1 is in force on cam-0\n{ACROSS}"
    assert line.run("street", "reset", "cam-0") == EXIT_OK
    said = fleet.told("cam-0")
    assert said is not None
    assert (said.street, said.street_version) == (None, 2)
    capsys.readouterr()
    assert line.run("street", "reset", "cam-0") == EXIT_OK
    nothing = "nothing changes: there was nothing to reset"
    assert nothing in capsys.readouterr().out
    assert line.run("street", "reset", "cam-1") == EXIT_OK
    assert nothing in capsys.readouterr().out
    assert len(fleet.rig.store.configurations("cam-0", 9)) == 2
    assert line.run("settings", "history", "cam-0") == EXIT_OK
    assert "new camera" in capsys.readouterr().out


def test_an_agent_that_knows_no_masks_counts_on_and_that_is_said(
    line: CommandLine, fleet: ConfiguredFleet, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "cam-0.geojson"
    file.write_text(json.dumps(street()))
    assert line.run("street", "set", "cam-0", str(file)) == EXIT_OK
    fleet.knows_masks = False
    fleet.obey()
    capsys.readouterr()
    assert line.run("street", "show", "cam-0") == EXIT_OK
    told = "version 1 is in force on cam-0, but its agent knows no masks, and counts who stands in"
    assert told in capsys.readouterr().err


def test_a_street_that_cannot_be_counted_on_is_refused(
    line: CommandLine, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "bad.geojson"
    file.write_text(json.dumps(street() | {"width": 5, "height": 5}))
    assert line.run("street", "set", "cam-0", str(file)) == EXIT_FAILED
    assert "'north' lies outside of pictures of 5x5; move it" in capsys.readouterr().err
    wrong = street() | {"positions": [{"latitude": 52.27, "longitude": 10.53, "heading_deg": 360}]}
    file.write_text(json.dumps(wrong))
    assert line.run("street", "set", "cam-0", str(file)) == EXIT_FAILED
    assert "positions[0].heading_deg: " in capsys.readouterr().err
    wrong = street() | {"positions": [{"latitude": 152, "longitude": 10.53}]}
    file.write_text(json.dumps(wrong))
    assert line.run("street", "set", "cam-0", str(file)) == EXIT_FAILED
    told = capsys.readouterr().err
    assert "positions[0].latitude: " in told
    assert "latitude is from -90 to 90 degrees" in told
    assert "FeatureCollection" not in told
    file.write_text(json.dumps(street() | {"turn": True}))
    assert line.run("street", "set", "cam-0", str(file)) == EXIT_FAILED
    assert "a key 'turn', which nothing reads; did you mean 'turns'?" in capsys.readouterr().err
    zone = feature("Polygon", [[[0.1, 0.1], [0.4, 0.1], [0.4, 0.4], [0.1, 0.1]]], "square")
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    assert line.run("street", "set", "cam-0", str(file)) == EXIT_FAILED
    assert "zone 'square' is 0.3 pixels across" in capsys.readouterr().err
    file.write_text('{"type": "Point"}')
    assert line.run("street", "set", "cam-0", str(file)) == EXIT_FAILED
    assert "is no FeatureCollection" in capsys.readouterr().err
    assert line.run("street", "set", "cam-0", str(tmp_path / "none.geojson")) == EXIT_FAILED
    assert "does not exist" in capsys.readouterr().err


def test_keys_that_nothing_reads_are_refused_by_the_api_as_by_the_command(
    app: FastAPI, fleet: ConfiguredFleet
) -> None:
    api = api_of(app, fleet.rig.services.access.make_token("ops", "operator"))
    wrong = street() | {"positions": [{"latitude": 52.27, "longitude": 10.53, "heading": 9}]}
    refused = api.post("devices/cam-0/street", json={"street": wrong})
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["field"]) == (422, "body.street")
    assert error["detail"].startswith("positions 1 has a key 'heading', which nothing reads; did")
    body = {"name": "lines", "group": "all", "streets": {"cam-0": street(), "cam-1": wrong}}
    for path in ("rollouts", "rollouts/preview"):
        (error,) = api.post(path, json=body).json()["errors"]
        assert (error["field"], "'heading'" in error["detail"]) == ("body.streets.cam-1", True)
    kept = api.post("devices/cam-0/street", json={"street": street() | {"crs": {"type": "name"}}})
    assert kept.status_code == 200


def test_a_street_without_lines_takes_none_away_unasked(
    app: FastAPI, fleet: ConfiguredFleet
) -> None:
    api = api_of(app, fleet.rig.services.access.make_token("ops", "operator"))
    nothing: dict[str, Any] = {"type": "FeatureCollection", "features": []}
    places = nothing | {"positions": [{"latitude": 52.27, "longitude": 10.53}]}
    refused = api.post("devices/cam-0/street", json={"street": places})
    assert refused.status_code == 422
    assert "would take away those of the device's own settings" in refused.text
    body = {"name": "lines", "group": "all", "streets": {"cam-0": places}}
    assert "street of cam-0: it draws no line" in api.post("rollouts", json=body).text
    assert api.get("devices/cam-0/configurations").json() == []
    emptied = api.post("devices/cam-0/street", json={"street": nothing})
    assert emptied.json()["notes"][0].startswith("it draws no line and no zone, so nothing is")
    assert api.post("devices/cam-0/street", json={"street": places}).status_code == 200
    assert api.post("devices/cam-1/street", json={"street": street()}).json()["notes"] == [
        ACROSS.strip()
    ]


def test_without_a_size_it_is_drawn_in_the_pixels_that_the_camera_gives(
    app: FastAPI, fleet: ConfiguredFleet
) -> None:
    gives = {"": CameraFacts(width=640, height=480)}
    known = msgspec.structs.replace(fleet.capabilities("cam-0"), cameras=gives)
    fleet.rig.store.update_device("cam-0", capabilities=known)
    api = api_of(app, fleet.rig.services.access.make_token("ops", "operator"))
    far = feature("LineString", [[700, 0], [700, 90]], "far")
    drawn = {"type": "FeatureCollection", "features": [far]}
    refused = api.post("devices/cam-0/street", json={"street": drawn})
    assert refused.status_code == 422
    assert "'far' lies outside of pictures of 640x480; move it, or set width" in refused.text
    sized = drawn | {"width": 1920, "height": 1080}
    for device, street_ in (("cam-0", sized), ("cam-1", drawn)):
        kept = api.post(f"devices/{device}/street", json={"street": street_})
        assert kept.status_code == 200


def test_settings_are_set_and_unset(
    line: CommandLine, fleet: ConfiguredFleet, capsys: Captured
) -> None:
    assert line.run("settings", "set", "cam-0", "fps_cap=7", "share_pictures=false") == EXIT_OK
    assert "fps_cap = 7.0 (not in force)" in capsys.readouterr().out
    fleet.obey()
    assert line.run("settings", "show", "cam-0") == EXIT_OK
    assert capsys.readouterr().out.splitlines() == [
        "fps_cap = 7.0",
        "share_pictures = false",
        "version 1 is in force on cam-0",
    ]
    assert line.run("settings", "unset", "cam-0", "fps_cap") == EXIT_OK
    said = fleet.told("cam-0")
    assert said is not None
    assert said.settings.fps_cap is None
    for wrong, words in (("fps=7", "no setting that can be set"), ("fps_cap", "NAME=VALUE")):
        assert line.run("settings", "set", "cam-0", wrong) == EXIT_FAILED
        assert words in capsys.readouterr().err


def test_a_viewer_reads_only(app: FastAPI, fleet: ConfiguredFleet) -> None:
    operator = api_of(app, fleet.rig.services.access.make_token("ops", "operator"))
    assert operator.post("devices/cam-1/street", json={"street": street()}).status_code == 200
    assert operator.get("devices/cam-1/street").json()["street"]["positions"][0]["stream"] == ""
    far = street() | {"positions": [{"latitude": 91, "longitude": 0}]}
    refused = operator.post("devices/cam-1/street", json={"street": far})
    assert refused.status_code == 422
    assert "latitude" in refused.text
    viewer = api_of(app, fleet.rig.services.access.make_token("eye", "viewer"))
    body = {"street": street()}
    assert viewer.post("devices/cam-0/street", json=body).status_code == 403
    assert viewer.get("devices/cam-0/street").json()["street"] is None
    assert viewer.get("devices/cam-0/configurations").json() == []


def test_each_kind_of_rollout_is_drafted_at_the_command_line(
    line: CommandLine, fleet: ConfiguredFleet, tmp_path: Path, capsys: Captured
) -> None:
    for name in fleet.names:
        (tmp_path / f"{name}.geojson").write_text(json.dumps(street(name)))
    given = {
        "rates": ("--settings", "fps_cap=5", "--settings", "telemetry_s=20"),
        "lines": ("--streets", str(tmp_path)),
        "agents": ("--agent-version", "9.9"),
    }
    for name, options in given.items():
        assert line.run("rollout", "create", name, "--group", "all", *options) == EXIT_OK
    assert line.run("rollout", "list") == EXIT_OK
    listed = capsys.readouterr().out
    for words in ("fps_cap=5.0, telemetry_s=20.0", "streets of 3 devices", "agent 9.9"):
        assert words in listed
    assert line.run("rollout", "rehearse", "rates") == EXIT_OK
    for verb in ("approve", "start"):
        assert line.run("rollout", verb, "agents") == EXIT_OK
    capsys.readouterr()
    assert line.run("rollout", "due", "agents") == EXIT_OK
    assert capsys.readouterr().out == "cam-0\t9.9\ncam-1\t9.9\n"
    assert line.run("rollout", "due", "rates") == EXIT_FAILED
    assert "devices follow by themselves" in capsys.readouterr().err


def test_a_rollout_brings_one_thing(line: CommandLine, capsys: Captured) -> None:
    for options in ((), ("full", "--settings", "fps_cap=5")):
        assert line.run("rollout", "create", "odd", "--group", "all", *options) == EXIT_FAILED
        assert "a rollout brings one of a target, settings" in capsys.readouterr().err


def test_a_group_is_kept_to_a_model_by_its_policy(
    line: CommandLine, fleet: ConfiguredFleet, capsys: Captured
) -> None:
    assert line.run("policy", "set", "--of-group", "all", "model=old-fp32", "power_w=9") == EXIT_OK
    assert capsys.readouterr().out == "group:all: power_w = 9, model = old-fp32\n"
    fleet.rig.settle()
    assert line.run("policy", "show", "--device", "cam-0") == EXIT_OK
    row = next(row for row in capsys.readouterr().out.splitlines() if row.startswith("model "))
    assert row.split() == ["model", "old-fp32", "-", "group:all", "any", "-"]
    assert line.run("policy", "list") == EXIT_OK
    assert "model = old-fp32" in capsys.readouterr().out
    assert line.run("device", "show", "cam-0") == EXIT_OK
    shown = capsys.readouterr().out
    assert "policy     model = old-fp32 (group:all)" in shown
    assert "override" not in shown
    assert line.run("policy", "set", "model=nonet") == EXIT_FAILED
    assert "no variant or model 'nonet'" in capsys.readouterr().err
    assert line.run("policy", "unset", "--of-group", "all", "model") == EXIT_OK
    assert capsys.readouterr().out == "group:all: power_w = 9\n"
