"""Acknowledging and muting over the API and the command line, and events as they happen."""

import asyncio
import json
import threading
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from lamplighter_cli.commands.watching.event_feed import events_from
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK, EXIT_UNREACHABLE
from lamplighter_client.client import AsyncClient
from lamplighter_client.target import Target

from tests.simulators.cutting_link import CuttingLink
from tests.simulators.eventful_day import EventfulDay
from tests.simulators.served_app import CommandLine, api_of, command_line, served

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def line(day: EventfulDay, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    with command_line(day.app, day.token("operator"), monkeypatch) as made:
        yield made


def api(day: EventfulDay, role: str) -> TestClient:
    return api_of(day.app, day.token(role))


def test_marks_over_the_api(day: EventfulDay) -> None:
    operator, viewer = api(day, "operator"), api(day, "viewer")
    device = next(one for one in viewer.get("devices").json() if one["attention"])
    name, kind = device["id"], device["attention"][0]["kind"]
    body = {"kind": "acknowledge", "device": name, "notice": kind, "reason": "seen to"}
    assert viewer.post("attention/marks", json=body).status_code == 403
    made = operator.post("attention/marks", json=body)
    assert made.status_code == 201
    assert (made.json()["by"], made.json()["until"]) == ("test", 0.0)
    shown = viewer.get(f"devices/{name}").json()["attention"]
    assert [one["marked"] for one in shown if one["kind"] == kind] == [
        "acknowledged by test: seen to"
    ]
    assert [one["id"] for one in viewer.get("attention/marks").json()] == [1]
    audited = api(day, "admin").get("audit").json()
    assert any("set_mark" in json.dumps(entry) for entry in audited)
    assert operator.post("attention/marks/1/end").json()["ended_by"] == "test"
    assert viewer.get("attention/marks").json() == []
    assert len(viewer.get("attention/marks?all=true").json()) == 1
    assert operator.post("attention/marks/7/end").status_code == 404
    for wrong in (
        {"reason": ""},
        {"kind": "mute"},
        {"notice": ""},
        {"device": "CAM 1"},
        {"kind": "mute", "life_s": 1e9},
    ):
        assert operator.post("attention/marks", json=body | wrong).status_code == 422, wrong
    assert operator.post("attention/marks", json=body | {"notice": "other"}).status_code == 409


def test_marks_from_the_command_line(line: CommandLine, capsys: Captured) -> None:
    mute = ("attention", "mute", "cam-2", "--for", "2h", "--reason", "road works")
    assert line.run(*mute) == EXIT_OK
    assert capsys.readouterr().out.startswith("mark 1: cam-2: whatever is wrong is muted until ")
    assert line.run("device", "list") == EXIT_OK
    assert "(muted by test: road works)" in capsys.readouterr().out
    assert line.run("attention", "list") == EXIT_OK
    assert "mute everything" in capsys.readouterr().out
    assert line.run("attention", "end", "1") == EXIT_OK
    assert capsys.readouterr().out == "mark 1 of cam-2 has ended\n"
    assert line.run("attention", "acknowledge", "cam-2", "other", "--reason", "r") == EXIT_FAILED
    assert "has no notice 'other' now; there are never_seen" in capsys.readouterr().err


def newest(day: EventfulDay) -> int:
    with day.client() as admin:
        return int(admin.get("/api/v1/events/log?limit=1").json()[-1]["id"])


def mute(day: EventfulDay, device: str, reason: str) -> None:
    body = {"kind": "mute", "device": device, "reason": reason, "life_s": 60.0}
    with day.client() as admin:
        assert admin.post("/api/v1/attention/marks", json=body).is_success


def test_events_are_printed_until_it_is_enough(
    day: EventfulDay, line: CommandLine, capsys: Captured
) -> None:
    after = str(newest(day))
    mute(day, "cam-1", "first")
    later = threading.Timer(0.5, mute, (day, "cam-1", "☃"))
    later.start()
    watch = ("watch", "--after", after, "--device", "cam-1")
    assert line.run(*watch, "--count", "1", "muted", "☃") == EXIT_OK
    later.join()
    (said,) = capsys.readouterr().out.splitlines()
    assert "· cam-1: whatever is wrong with it is muted by test: ☃" in said
    assert line.run(*watch, "--count", "2", "--json", "--kind", "attention") == EXIT_OK
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [event["data"]["mark"]["reason"] for event in lines] == ["first", "☃"]
    assert line.run(*watch, "--for", "0.5s", "--severity", "error") == EXIT_OK
    assert capsys.readouterr().out == ""
    assert line.run(*watch, "--for", "soon") == EXIT_FAILED


def test_a_watch_goes_on_where_the_connection_broke(day: EventfulDay) -> None:
    troubles: list[str] = []

    async def watched(link: CuttingLink) -> list[str]:
        seen: list[str] = []
        client = AsyncClient(Target(f"http://127.0.0.1:{link.port}", day.token("viewer")))
        events = events_from(client, newest(day), lambda why, _: troubles.append(why))
        mute(day, "cam-1", "before")
        async for event in events:
            seen.append(event.data["mark"]["reason"])
            if len(seen) == 1:
                link.break_off()
                await asyncio.to_thread(mute, day, "cam-1", "meanwhile")
                link.mend()
            else:
                await client.close()
                return seen
        raise AssertionError

    with served(day.app) as url:
        link = CuttingLink(int(url.rpartition(":")[2]), [])
        assert asyncio.run(watched(link)) == ["before", "meanwhile"]
        assert "no controller answers" in troubles[0]
        link.close()


def test_who_never_answers_is_no_break(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    nobody = CommandLine("http://127.0.0.1:9", "t", monkeypatch)
    assert nobody.run("watch") == EXIT_UNREACHABLE
    assert "no controller answers" in capsys.readouterr().err
