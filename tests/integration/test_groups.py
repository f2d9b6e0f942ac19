"""Groups over the API and the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK

from tests.simulators.eventful_day import EventfulDay
from tests.simulators.served_app import CommandLine, api_of, command_line

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def day(tmp_path: Path) -> Iterator[EventfulDay]:
    made = EventfulDay(tmp_path)
    made.place("cam-1", "north")
    yield made
    made.close()


@pytest.fixture
def line(day: EventfulDay, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    with command_line(day.app, day.token("operator"), monkeypatch) as made:
        yield made


def api(day: EventfulDay, role: str) -> TestClient:
    return api_of(day.app, day.token(role))


def test_a_group_over_the_api(day: EventfulDay) -> None:
    operator, viewer = api(day, "operator"), api(day, "viewer")
    made = operator.post("groups", json={"name": "north", "query": "site=north and cpu.avx2"})
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert [group["name"] for group in viewer.get("groups").json()] == ["north"]
    inside: dict[str, Any] = viewer.get("groups/north/devices").json()
    assert (inside["matched"], inside["devices"], inside["not_matched"]) == (1, ["cam-1"], 1)
    assert inside["excluded"] == [
        {"device": "cam-2", "reasons": ["site is empty", "it has no cpu.avx2"]}
    ]
    changed = operator.post("groups/north/change", json={"query": "not serving"})
    assert changed.headers["etag"] == '"2"'
    assert viewer.get("groups/north/devices").json()["devices"] == ["cam-2"]
    late = {"If-Match": '"1"'}
    again = operator.post("groups/north/change", json={"query": "pilot"}, headers=late)
    assert again.status_code == 409
    assert operator.post("groups/north/delete").json()["query"] == "not serving"
    assert viewer.get("groups/north").status_code == 404
    kinds = [event["kind"] for event in viewer.get("events/log").json()]
    assert kinds.count("group") == 3


def test_what_brings_a_device_into_a_group(
    day: EventfulDay, line: CommandLine, capsys: Captured
) -> None:
    operator, viewer = api(day, "operator"), api(day, "viewer")
    queries = {"east": "site=east and pilot", "north": "site=north", "fast": "cpu.x"}
    for name, query in queries.items():
        assert operator.post("groups", json={"name": name, "query": query}).is_success
    fit = viewer.get("groups/east/fit", params={"device": "cam-1"}).json()
    assert (fit["fits"], fit["is_in"], fit["in_the_way"]) == (True, False, [])
    assert (fit["site"], fit["labels"]["pilot"]) == ("east", "yes")
    assert (fit["enters"], fit["leaves"]) == (["east"], ["north"])
    never = viewer.get("groups/fast/fit", params={"device": "cam-1"}).json()
    assert (never["fits"], never["in_the_way"]) == (False, ["it has no cpu.x"])
    assert viewer.get("groups/east/fit", params={"device": "cam-9"}).status_code == 404
    assert line.run("group", "join", "east", "cam-1", "--dry-run") == EXIT_OK
    assert "leaves north" in capsys.readouterr().out
    assert operator.get("groups/east/devices").json()["devices"] == []
    assert line.run("group", "join", "east", "cam-1") == EXIT_OK
    assert operator.get("groups/east/devices").json()["devices"] == ["cam-1"]
    assert line.run("group", "join", "east", "cam-1") == EXIT_OK
    assert "in east already" in capsys.readouterr().out
    assert line.run("group", "join", "fast", "cam-1") == EXIT_FAILED
    assert "it has no cpu.x" in capsys.readouterr().err


def test_who_may_what_and_what_is_refused(day: EventfulDay) -> None:
    operator, viewer = api(day, "operator"), api(day, "viewer")
    assert viewer.post("groups", json={"name": "a", "query": "pilot"}).status_code == 403
    assert viewer.post("groups/preview", json={"query": "pilot"}).status_code == 200
    bad = operator.post("groups", json={"name": "a", "query": "site=north cpu.avx2"})
    (error,) = bad.json()["errors"]
    assert bad.status_code == 422
    assert error["field"] == "body.query"
    assert error["detail"] == "at character 12: write and or or before 'cpu.avx2'"
    assert operator.get("groups").json() == [], "nothing of a refused group is kept"
    operator.post("groups", json={"name": "a", "query": "pilot"})
    assert operator.post("groups", json={"name": "a", "query": "site"}).status_code == 409
    assert operator.get("groups/a").json()["query"] == "pilot"


def test_who_comes_in_and_goes_out_is_told_of_a_group(day: EventfulDay) -> None:
    operator, viewer = api(day, "operator"), api(day, "viewer")
    assert operator.post("groups", json={"name": "one", "query": "id=cam-1"}).is_success
    found = viewer.post("groups/preview", json={"query": "id=cam-2", "group": "one"}).json()
    assert (found["entering"], found["enters"]) == (1, ["cam-2"])
    assert (found["leaving"], found["leaves"]) == (1, ["cam-1"])
    alone = viewer.post("groups/preview", json={"query": "id=cam-2"}).json()
    assert (alone["entering"], alone["leaving"]) == (0, 0)
    unknown = viewer.post("groups/preview", json={"query": "id=cam-2", "group": "two"})
    assert unknown.status_code == 404
    later = {"If-Match": '"2"'}
    assert operator.post("groups/one/delete", headers=later).status_code == 409
    assert operator.post("groups/one/delete", headers={"If-Match": '"1"'}).is_success


def test_a_label_that_nobody_has_is_remarked(day: EventfulDay) -> None:
    preview = api(day, "viewer").post("groups/preview", json={"query": "stie=north"}).json()
    assert preview["remarks"] == ["no device has a label 'stie'; did you mean site?"]


def test_groups_from_the_command_line(line: CommandLine, capsys: Captured) -> None:
    assert line.run("group", "create", "north", "site=north", "--about", "old town") == EXIT_OK
    assert capsys.readouterr().out.splitlines() == [
        "north: site=north",
        "1 of 2 devices: cam-1",
    ]
    assert line.run("group", "show", "north") == EXIT_OK
    assert capsys.readouterr().out.splitlines() == [
        "north (old town): site=north",
        "1 of 2 devices: cam-1",
        "NOT IN IT  BECAUSE",
        "cam-2      site is empty",
    ]
    assert line.run("group", "create", "north", "site=south", "--replace") == EXIT_OK
    assert line.run("group", "list", "--json") == EXIT_OK
    listed = capsys.readouterr().out
    assert [group["query"] for group in json.loads(listed[listed.index("[") :])] == ["site=south"]
    assert line.run("group", "preview", "serving=p50-* and state=online") == EXIT_OK
    assert "1 of 2 devices: cam-1" in capsys.readouterr().out
    assert line.run("group", "delete", "north") == EXIT_OK
    assert line.run("group", "show", "north") == EXIT_FAILED
    assert "no group 'north'; see: lamplighter group list" in capsys.readouterr().err


def test_a_bad_query_is_told_with_its_place(line: CommandLine, capsys: Captured) -> None:
    assert line.run("group", "preview", "site=north and (pilot") == EXIT_FAILED
    assert "at character 16: close this bracket" in capsys.readouterr().err
