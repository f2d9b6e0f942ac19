"""What is out of bounds is refused as a problem that names the field and what to write instead."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from lamplighter_controller.api.app import create_app
from lamplighter_controller.errors import StoreError

from tests.simulators.controller_rig import Rig, spec


def no_recipes() -> Mapping[str, Any]:
    """As a bug would."""
    raise ZeroDivisionError("secret")


def no_database() -> dict[str, dict[str, int]]:
    """As when its disk is gone."""
    raise StoreError("the disk is gone")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    rig = Rig(tmp_path_factory.mktemp("rig"), [spec("full-fp32", 0.85, 900.0)])
    rig.device().introduce()
    app: FastAPI = create_app(rig.services, recipes=no_recipes, counters=no_database)
    bearer = rig.services.access.make_token("test", "admin")
    headers = {"Authorization": f"Bearer {bearer}"}
    yield TestClient(app, "http://test/api/v1", headers=headers, raise_server_exceptions=False)
    rig.close()


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that was answered."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/devices?limit=0", "query.limit"),
        ("/devices?limit=501", "query.limit"),
        ("/devices?limit=many", "query.limit"),
        ("/devices?retired=perhaps", "query.retired"),
        ("/devices?after=a%00b", "query.after"),
        (f"/devices?after={'a' * 3000}", "query.after"),
        ("/devices/CAM", "path.device"),
        (f"/devices/{'a' * 41}", "path.device"),
        ("/devices/cam-1/telemetry?since=nan", "query.since"),
        ("/devices/cam-1/telemetry?since=1e300", "query.since"),
        ("/devices/cam-1/telemetry?limit=100000", "query.limit"),
        ("/devices/cam-1/events?after=-1", "query.after"),
        (f"/devices/cam-1/events?after={2**63}", "query.after"),
        ("/events/log?device=%00", "query.device"),
        ("/events/log?severity=loud", "query.severity"),
        ("/events/log?kind=A%20b", "query.kind"),
        ("/events?words=%00", "query.words"),
        ("/devices/cam-1/events?before=-1", "query.before"),
        ("/devices/cam-1/deployments?until=nan", "query.until"),
        ("/recompressions?device=CAM", "query.device"),
        ("/jobs?limit=0", "query.limit"),
    ],
)
def test_a_parameter_out_of_bounds(api: TestClient, path: str, field: str) -> None:
    (error,) = problem(api.get(path), 422)["errors"]
    assert error["field"] == field
    assert error["detail"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/devices/cam-1/label", '{"lables": {}}', "body"),
        ("/devices/cam-1/label", '{"labels": {"a": 1}}', "body.labels[...]"),
        ("/devices/cam-1/label", '{"labels": {"a,b": "c"}}', "body.labels"),
        ("/devices/cam-1/label", '{"labels": {"a": "b\\n"}}', "body.labels[...]"),
        ("/devices/cam-1/label", '{"labels": {"": "b"}}', "body.labels"),
        ("/devices/cam-1/label", f'{{"site": "{"n" * 81}"}}', "body.site"),
        ("/devices/cam-1/label", '{"site": "\\u0000"}', "body.site"),
        ("/devices/cam-1/label", '{"objective": {"speed": 1}}', "body.objective"),
        ("/devices/cam-1/label", '{"objective": {"power_w": -1}}', "body.objective.power_w"),
        ("/devices/cam-1/label", '{"objective": {"power_w": 1e999}}', "body.objective.power_w"),
        ("/devices/cam-1/plan", '{"dry_run": 1}', "body.dry_run"),
        ("/devices/cam-1/plan", "[]", "body"),
        ("/tokens", '{"device": "CAM"}', "body.device"),
        ("/tokens", '{"device": "cam-2", "life_s": 0}', "body.life_s"),
        ("/tokens", '{"device": "cam-2", "life_s": 1e9}', "body.life_s"),
        ("/tokens", "{}", "body"),
        ("/api-tokens", '{"name": "", "role": "viewer"}', "body.name"),
        ("/api-tokens", '{"name": "x", "role": "god"}', "body.role"),
        ("/enrol", '{"id": "a\\u0000"}', "body.id"),
    ],
)
def test_a_body_out_of_bounds(api: TestClient, path: str, body: str, field: str) -> None:
    (error,) = problem(api.post(path, content=body), 422)["errors"]
    assert error["field"] == field
    assert error["detail"]


def test_more_labels_than_a_device_may_have(api: TestClient) -> None:
    labels = {str(number): "" for number in range(33)}
    answer = api.post("/devices/cam-1/label", json={"labels": labels})
    assert problem(answer, 422)["errors"][0]["field"] == "body.labels"


def test_what_does_not_match_is_said_in_words(api: TestClient) -> None:
    words = "use 1 to 40 of a-z, 0-9 and '-'"
    assert words in problem(api.get("/devices/CAM"), 422)["detail"]
    assert words in problem(api.post("/tokens", json={"device": "CAM"}), 422)["detail"]


@pytest.mark.parametrize("body", ["", "{", '{"site": NaN}', "\xff"])
def test_a_body_that_is_no_json(api: TestClient, body: str) -> None:
    problem(api.post("/devices/cam-1/label", content=body.encode("latin-1")), 400)


@pytest.mark.parametrize("path", ["/enrol", "/devices/cam-1/label", "/tokens"])
def test_a_body_that_is_too_large(api: TestClient, path: str) -> None:
    problem(api.post(path, content=b" " * 70_000), 413)


@pytest.mark.parametrize("version", ["x", '"1', "-1", "9" * 19])
def test_a_version_that_is_none(api: TestClient, version: str) -> None:
    answer = api.post("/devices/cam-1/label", json={}, headers={"If-Match": version})
    assert problem(answer, 422)["errors"][0]["field"] == "header.if-match"


def test_no_such_path_or_method(api: TestClient) -> None:
    problem(api.get("/nothing"), 404)
    problem(api.get("http://test/"), 404)
    answer = api.put("/devices")
    problem(answer, 405)
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["/health", "/devices/cam-1", "/nothing", "/recipes", "/docs"])
def test_every_answer_is_kept_by_nobody_and_is_what_it_says(api: TestClient, path: str) -> None:
    headers = api.get(path, headers={"Origin": "https://elsewhere.example"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert not [name for name in headers if name.startswith("access-control-")]


def test_an_error_that_was_not_foreseen_tells_nothing(api: TestClient) -> None:
    assert "secret" not in problem(api.get("/recipes"), 500)["detail"]


def test_what_is_away(api: TestClient) -> None:
    assert problem(api.get("/metrics"), 503)["detail"] == "the disk is gone"


def test_the_page_that_shows_the_api_loads_nothing_from_outside(api: TestClient) -> None:
    page = api.get("/docs")
    assert page.status_code == 200
    assert "http" not in page.headers["content-security-policy"]
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
    loaded += re.findall(r"""url: ["']([^"']+)["']""", page.text)
    assert len(loaded) == 4
    for address in loaded:
        assert address.startswith("/api/v1/")
        answer = api.get(address.removeprefix("/api/v1"))
        assert answer.status_code == 200
        assert len(answer.content) > 1000
    assert problem(api.get("/docs/../../secret"), 404)
    assert problem(api.get("/docs/secret"), 404)
