"""Holding, pinning and rolling back over the API and the command line."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK

from tests.simulators.eventful_day import EventfulDay
from tests.simulators.served_app import CommandLine, api_of, command_line

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def line(day: EventfulDay, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    with command_line(day.app, day.token("operator"), monkeypatch) as made:
        yield made


def api(day: EventfulDay, role: str) -> TestClient:
    return api_of(day.app, day.token(role))


def test_an_override_over_the_api(day: EventfulDay) -> None:
    operator, viewer = api(day, "operator"), api(day, "viewer")
    body = {"kind": "pin", "target": "full-fp32", "device": "cam-1", "reason": "r", "life_s": 60}
    assert viewer.post("overrides", json=body).status_code == 403
    made = operator.post("overrides", json=body)
    assert made.status_code == 201
    assert (made.json()["by"], made.json()["scope"]) == ("test", "device:cam-1")
    assert [one["id"] for one in viewer.get("overrides").json()] == [1]
    (shown,) = viewer.get("devices/cam-1").json()["overrides"]
    assert (shown["kind"], shown["target"], shown["reason"]) == ("pin", "full-fp32", "r")
    assert viewer.get("devices/cam-2").json()["overrides"] == []
    assert operator.post("overrides/1/end").json()["ended_by"] == "test"
    assert viewer.get("overrides").json() == []
    assert len(viewer.get("overrides?all=true").json()) == 1
    assert operator.post("overrides/7/end").status_code == 404
    endless = operator.post("overrides", json=body | {"life_s": 0})
    assert endless.status_code == 422, "everything set by hand has an end"
    silent = operator.post("overrides", json=body | {"reason": ""})
    assert silent.status_code == 422, "and a reason"


def test_the_way_back_is_told_before_it_is_gone(day: EventfulDay) -> None:
    viewer = api(day, "viewer")
    found = viewer.post("overrides/roll-back/preview", json={"devices": ["cam-2", "cam-1"]})
    assert [one["device"] for one in found.json()] == ["cam-2", "cam-1"]
    assert all(bool(one["variant"]) != bool(one["why_not"]) for one in found.json())
    assert viewer.get("overrides").json() == []
    unknown = viewer.post("overrides/roll-back/preview", json={"devices": ["cam-9"]})
    assert unknown.status_code == 404
    nobody = viewer.post("overrides/roll-back/preview", json={"devices": []})
    assert nobody.status_code == 422


def test_overrides_from_the_command_line(line: CommandLine, capsys: Captured) -> None:
    hold = ("override", "hold", "--device", "cam-1", "--for", "2h", "--reason", "cleaned")
    assert line.run(*hold) == EXIT_OK
    assert capsys.readouterr().out.startswith("override 1: hold of device:cam-1 until ")
    assert line.run("override", "list") == EXIT_OK
    listed = capsys.readouterr().out
    assert "cleaned" in listed and "ACCURACY IS" in listed
    assert line.run("device", "show", "cam-1") == EXIT_OK
    assert "override   1: hold of device:cam-1: cleaned" in capsys.readouterr().out
    assert line.run("override", "release", "1") == EXIT_OK
    assert capsys.readouterr().out == "device:cam-1 is released from hold\n"
    back = ("override", "roll-back", "--device", "cam-1", "--reason", "misses bicycles")
    assert line.run(*back) == EXIT_OK
    titles, row = capsys.readouterr().out.splitlines()
    assert titles.split() == ["DEVICE", "BACK", "TO", "DOWNLOAD", "OVERRIDE", "NOT", "BECAUSE"]
    assert row.startswith("cam-1")
    bad = ("override", "pin", "full-fp32", "--device", "cam-1", "--for", "soon", "--reason", "r")
    assert line.run(*bad) == EXIT_FAILED
    assert "write 90s, 30min, 2h or 7d" in capsys.readouterr().err
