"""Changes and refused attempts are on record, chained; nothing is done unrecorded."""

import inspect
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from lamplighter_controller.api.app import PARTS
from lamplighter_controller.services.audit.head_file import HEAD_FILE

from tests.simulators.eventful_day import EventfulDay, answers
from tests.simulators.served_app import api_of

# What asks with a body, and changes nothing.
READING = {"preview_query", "preview_policy", "preview_plan", "estimate_site"}
READING |= {"preview_roll_back"}
# Of devices: noted by the service, which knows more of it, or once somebody decides.
OF_DEVICES = {"enrol", "claim"}
RECORDING = ("changed(", "ordered(", "_decided(")
WRITING = [
    operation.name
    for part in PARTS
    for operation in part.operations
    if operation.method != "GET" and operation.name not in READING | OF_DEVICES
]


@pytest.fixture
def admin(day: EventfulDay) -> TestClient:
    return api_of(day.app, day.token("admin"))


def entries(admin: TestClient) -> list[dict[str, Any]]:
    """Oldest first."""
    listed: list[dict[str, Any]] = admin.get("/audit/export").json()
    return listed


def database(tmp_path: Path) -> sqlite3.Connection:
    """Somebody with the database's file."""
    return sqlite3.connect(tmp_path / "controller.db")


@pytest.mark.parametrize("name", WRITING)
def test_every_operation_that_changes_something_notes_it(name: str) -> None:
    for part in PARTS:
        for route in part.router.routes:
            if route.name == name:  # type: ignore[attr-defined]
                source = inspect.getsource(inspect.unwrap(route.endpoint))  # type: ignore[attr-defined]
                assert any(call in source for call in RECORDING)


def test_an_entry_says_who_did_what_from_where_and_what_was_before(admin: TestClient) -> None:
    admin.post("/devices/cam-1/label", json={"site": "north"})
    (entry,) = entries(admin)
    assert entry["who"] == "test"
    assert entry["address"] == "testclient"
    assert (entry["operation"], entry["subject"]) == ("label_device", "device:cam-1")
    assert (entry["before"]["site"], entry["after"]["site"]) == ("", "north")
    assert admin.get("/audit", params={"subject": "device:cam-1"}).json() == [entry]
    assert admin.get("/audit", params={"subject": "device:cam-2"}).json() == []


def test_what_a_day_did_is_on_record_without_a_secret(day: EventfulDay, tmp_path: Path) -> None:
    client = day.client()
    done = answers(client)
    secrets = [done["POST /tokens"]["token"], done["POST /api-tokens"]["token"]]
    secrets += [client.headers["authorization"].split()[1]]
    text = " ".join(row[0] for row in database(tmp_path).execute("SELECT text FROM audit"))
    assert "create_token" in text
    for secret in secrets:
        assert secret[:20] not in text
        assert secret.split(".")[-1] not in text


def test_the_address_of_a_webhook_is_not_on_record_beyond_its_host(admin: TestClient) -> None:
    url = "https://chat.example/services/T0-SECRET?token=ALSO-SECRET"
    made = admin.post("/webhooks", json={"url": url}).json()
    admin.delete(f"/webhooks/{made['id']}")
    for entry in entries(admin):
        assert "SECRET" not in entry["text"]
        assert entry["after"]["to"] == "https://chat.example"


def test_refused_attempts_are_on_record(day: EventfulDay, admin: TestClient) -> None:
    viewer = api_of(day.app, day.token("viewer"))
    assert viewer.post("/devices/cam-1/retire").status_code == 403
    assert api_of(day.app, "ll_wrong").get("/devices").status_code == 401
    assert admin.post("/devices/cam-9/retire").status_code == 404
    assert admin.post("/enrol", json={"id": "none", "device": "cam-1"}).status_code == 401
    refused = [(e["operation"], e["subject"], e["who"], e["outcome"]) for e in entries(admin)]
    assert refused == [
        ("retire_device", "device:cam-1", "test", "refused"),
        ("list_devices", "", "", "refused"),
        ("retire_device", "device:cam-9", "test", "refused"),
        ("enrol", "", "", "refused"),
    ]


def test_who_tries_many_tokens_is_let_try_no_more(day: EventfulDay, admin: TestClient) -> None:
    admin.get("/devices")
    stranger = api_of(day.app, "ll_wrong")
    statuses = [stranger.get("/devices").status_code for _ in range(30)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert admin.get("/devices").status_code == 200, "a colleague at the same address goes on"
    assert len(entries(admin)) < 5


def test_a_changed_row_is_named(admin: TestClient, tmp_path: Path) -> None:
    for site in ("a", "b", "c"):
        admin.post("/devices/cam-1/label", json={"site": site})
    assert admin.get("/audit/verify").json()["sound"]
    with database(tmp_path) as connection:
        query = 'UPDATE audit SET text = replace(text, \'"who":"test"\', \'"who":"eve"\')'
        connection.execute(f"{query} WHERE number = 2")
    verdict = admin.get("/audit/verify").json()
    assert (verdict["sound"], verdict["broken"]) == (False, 2)


def test_a_tail_that_is_cut_off_is_missed(admin: TestClient, tmp_path: Path) -> None:
    for site in ("a", "b", "c"):
        admin.post("/devices/cam-1/label", json={"site": site})
    head = admin.get("/audit/verify").json()
    with database(tmp_path) as connection:
        connection.execute("DELETE FROM audit WHERE number > 1")
    assert "2 to 3 are cut off" in admin.get("/audit/verify").json()["detail"]
    (tmp_path / HEAD_FILE).unlink()
    assert admin.get("/audit/verify").json()["sound"], "nobody near knows better"
    known = {"known": f"{head['head_number']}:{head['head_hash']}"}
    assert admin.get("/audit/verify", params=known).json()["broken"] == 2


def test_what_cannot_be_noted_is_not_done(admin: TestClient, tmp_path: Path) -> None:
    with database(tmp_path) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit"
            " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    before = admin.get("/devices/cam-1").json()
    label = admin.post("/devices/cam-1/label", json={"site": "north"})
    token = admin.post("/api-tokens", json={"name": "eve", "role": "admin"})
    probe = admin.post("/devices/cam-1/probe")
    assert {label.is_success, token.is_success, probe.is_success} == {False}
    after = admin.get("/devices/cam-1").json()
    assert (after["site"], after["version"]) == (before["site"], before["version"])
    assert "eve" not in json.dumps(admin.get("/api-tokens").json())
    assert "probe_asked" not in {event["kind"] for event in admin.get("/events/log").json()}
