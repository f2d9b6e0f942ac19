"""Rollouts over the API and the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_controller.api.app import create_app

from tests.simulators.rollout_fleet import NEW, OLD, RolloutFleet
from tests.simulators.served_app import CommandLine, api_of, command_line

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
BODY = {"name": "june", "target": "newnet", "group": "all", "watch_s": 10, "waves": "fixed"}


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RolloutFleet]:
    made = RolloutFleet(tmp_path, [OLD, NEW], count=3)
    made.rig.services.groups.create("all", "id=cam-*")
    yield made
    made.rig.close()


@pytest.fixture
def app(fleet: RolloutFleet) -> FastAPI:
    return create_app(fleet.rig.services, recipes=dict, counters=dict)


@pytest.fixture
def line(
    app: FastAPI, fleet: RolloutFleet, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CommandLine]:
    token = fleet.rig.services.access.make_token("ops", "operator")
    with command_line(app, token, monkeypatch) as made:
        yield made


def api(app: FastAPI, fleet: RolloutFleet, role: str) -> TestClient:
    return api_of(app, fleet.rig.services.access.make_token("ops", role))


def test_a_rollout_over_the_api(app: FastAPI, fleet: RolloutFleet) -> None:
    operator, viewer = api(app, fleet, "operator"), api(app, fleet, "viewer")
    assert viewer.post("rollouts", json=BODY).status_code == 403
    limits = {"objective": {"memory_bytes": 3e8}}
    made = operator.post("rollouts", json=BODY | limits)
    assert (made.status_code, made.headers["etag"], made.json()["state"]) == (201, '"1"', "draft")
    assert made.json()["plan"]["objective"] == {"memory_bytes": 300000000}
    preview = viewer.get("rollouts/june/preview").json()
    assert preview["waves"] == [2, 1]
    assert {target["device"] for target in preview["canaries"]} == {"cam-0", "cam-1"}
    assert viewer.post("rollouts/preview", json=BODY).status_code == 403
    of_plan = operator.post("rollouts/preview", json=BODY | {"name": "july"} | limits)
    assert of_plan.json() == preview
    assert viewer.get("rollouts/july").status_code == 404, "nothing is kept"
    nobody = operator.post("rollouts/preview", json=BODY | {"group": "none"})
    assert nobody.status_code == 404
    early = operator.post("rollouts/june/steps", json={"verb": "start"})
    assert early.status_code == 409
    assert early.json()["detail"] == "rollout june is draft; it must be approved"
    late = {"If-Match": '"7"'}
    approve = {"verb": "approve"}
    assert operator.post("rollouts/june/steps", json=approve, headers=late).status_code == 409
    approved = operator.post("rollouts/june/steps", json=approve, headers={"If-Match": '"1"'})
    assert approved.headers["etag"] == '"2"'
    started = operator.post("rollouts/june/steps", json={"verb": "start"}).json()
    assert started["counts"]["ordered"] == 2
    fleet.rig.settle()
    page = viewer.get("rollouts/june/devices?limit=2")
    assert [target["state"] for target in page.json()] == ["ordered", "ordered"]
    assert 'rel="next"' in page.headers["link"]
    (override,) = viewer.get("devices/cam-0").json()["overrides"]
    assert (override["by"], override["kind"]) == ("rollout june", "pin")
    assert operator.post("rollouts/june/steps", json={"verb": "stop"}).status_code == 422
    assert viewer.get("rollouts/july").status_code == 404
    assert [one["name"] for one in viewer.get("rollouts").json()] == ["june"]
    fleet.obey()
    explained = viewer.get("devices/cam-0/explanation").json()
    assert explained["variant"] == "new-fp32"
    approver = next(link for link in explained["links"] if link["name"] == "approver")
    assert approver["text"] == "rollout june of newnet, made by ops, approved by ops"
    assert viewer.get("devices/cam-9/explanation").status_code == 404
    assert viewer.get("devices/cam-0/explanation?at=-1").status_code == 422


def test_canaries_are_told_beside_the_control_group(app: FastAPI, fleet: RolloutFleet) -> None:
    operator, viewer = api(app, fleet, "operator"), api(app, fleet, "viewer")
    fleet.live(3)
    assert operator.post("rollouts", json=BODY | {"watch_s": 10_000}).is_success
    assert viewer.get("rollouts/june/canaries").json() == []
    for verb in ("approve", "start"):
        assert operator.post("rollouts/june/steps", json={"verb": verb}).is_success
    fleet.live(4)
    found = {one["name"]: one for one in viewer.get("rollouts/june/canaries").json()}
    latency = found["latency"]
    assert latency["is_share"]
    assert latency["canaries"]["looks"] >= 2
    assert latency["control"]["median"] == 0.0, "of whoever was told nothing"
    assert viewer.get("rollouts/july/canaries").status_code == 404


def test_a_rollout_from_the_command_line(
    line: CommandLine, fleet: RolloutFleet, capsys: Captured
) -> None:
    create = ("rollout", "create", "june", "newnet", "--group", "all", "--power-w", "50")
    create += ("--memory-mb", "512")
    pace = ("--watch", "10s", "--waves", "percent", "--first", "50")
    assert line.run(*create, *pace, "--dry-run") == EXIT_OK
    assert capsys.readouterr().out.startswith("3 devices; waves behind the canaries: 1\n")
    assert line.run("rollout", "show", "june") != EXIT_OK, "nothing is kept"
    capsys.readouterr()
    assert line.run(*create, *pace) == EXIT_OK
    assert capsys.readouterr().out == "june is draft: newnet to group all, wave 0\n"
    assert line.run("rollout", "preview", "june") == EXIT_OK
    assert capsys.readouterr().out.startswith("3 devices; waves behind the canaries: 1\n")
    assert line.run("rollout", "rehearse", "june") == EXIT_OK
    assert "devices    3, rehearsed 21 times\n" in capsys.readouterr().out
    assert line.run("rollout", "approve", "june") == EXIT_OK
    assert line.run("rollout", "start", "june") == EXIT_OK
    assert "june is running" in capsys.readouterr().out
    given = fleet.rig.store.device("cam-0").objective
    assert given == {"power_w": 50.0, "memory_bytes": 512e6}
    assert line.run("rollout", "pause", "june", "--reason", "market day") == EXIT_OK
    assert capsys.readouterr().out.endswith("(1 waiting, 2 ordered): market day\n")
    assert line.run("rollout", "show", "june") == EXIT_OK
    assert "old-fp32" in capsys.readouterr().out
    assert line.run("explain", "cam-0", "--at", "2000-01-01") == EXIT_OK
    assert "? serving    it has committed to no order" in capsys.readouterr().out
    assert line.run("explain", "cam-0") == EXIT_OK
    assert "  approver   nobody was asked" in capsys.readouterr().out
    assert line.run("explain", "cam-0", "--at", "soon") != EXIT_OK
    assert "write 20min, 2h or 7d (ago)" in capsys.readouterr().err
    assert line.run("rollout", "canaries", "june") == EXIT_OK
    assert line.run("rollout", "compare", "june") == EXIT_OK
    assert "(it is paused)" in capsys.readouterr().out
    assert line.run("rollout", "rehearse", "june") == EXIT_FAILED
    assert "rehearse it before it starts" in capsys.readouterr().err
    assert line.run("rollout", "list") == EXIT_OK
    assert "0 of 1" in capsys.readouterr().out
    assert line.run("rollout", "roll-back", "june", "--reason", "no good") == EXIT_OK
    assert line.run("rollout", "resume", "june") == EXIT_FAILED
    assert "june is rolled_back; it must be paused" in capsys.readouterr().err
    assert line.run("rollout", "end", "june") == EXIT_OK
    assert fleet.rig.store.device("cam-0").objective == {}
