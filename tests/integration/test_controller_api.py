"""The HTTP API over the controller's real parts, with an in-memory broker."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.testclient import TestClient
from lamplighter_controller.api.app import create_app
from lamplighter_wire import topics
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enrolment import EnrolResponse, Token, build_request, verify_response
from lamplighter_wire.messages import Command

from tests.simulators.certificates import request_for
from tests.simulators.controller_rig import Rig, spec


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.80, 300.0)])
    yield made
    made.close()


class Clients:
    """One client per role, and one without a token."""

    def __init__(self, rig: Rig) -> None:
        app = create_app(
            rig.services,
            recipes=dict,
            counters=lambda: {"dropped": rig.drops.counts(), "chunks": rig.chunk_server.counts()},
        )
        self.nobody = TestClient(app)
        make_token = rig.services.access.make_token
        self.viewer, self.operator, self.admin = (
            TestClient(app, headers={"Authorization": f"Bearer {make_token(name, name)}"})
            for name in ("viewer", "operator", "admin")
        )


@pytest.fixture
def api(rig: Rig) -> Clients:
    return Clients(rig)


def new_token(api: Clients, device: str = "cam-1") -> Token:
    answer = api.admin.post("/api/v1/tokens", json={"device": device})
    assert answer.status_code == 201
    return Token.parse(answer.json()["token"])


def enrol(api: Clients, token: Token, key: ec.EllipticCurvePrivateKey, name: str = "cam-1") -> Any:
    request = build_request(token, name, request_for(name, key))
    return request, api.nobody.post("/api/v1/enrol", content=encode(request))


def test_a_device_enrols_once(rig: Rig, api: Clients) -> None:
    token, key = new_token(api), ec.generate_private_key(ec.SECP256R1())
    request, answer = enrol(api, token, key)
    assert answer.status_code == 200
    response = decode(answer.content, EnrolResponse)
    verify_response(response, token, request.nonce)
    certificate = x509.load_pem_x509_certificate(response.certificate.encode())
    assert certificate.subject.rfc4514_string() == "CN=cam-1"
    assert response.broker.port == 8883
    assert list(response.keys) == [rig.signing_key.key_id]
    assert rig.store.device("cam-1").enrolled_at > 0

    assert enrol(api, token, key)[1].status_code == 200, "the answer may have been lost"
    other = ec.generate_private_key(ec.SECP256R1())
    _, second = enrol(api, token, other)
    assert second.status_code == 401
    assert "used before" in second.json()["detail"]


def test_enrolment_refuses_what_is_not_in_order(rig: Rig, api: Clients) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    token = new_token(api)
    wrong_secret = Token(token.id, "x" * 43, token.ca_key_sha256)
    assert enrol(api, wrong_secret, key)[1].status_code == 401
    unknown = Token("nope", token.secret, token.ca_key_sha256)
    assert enrol(api, unknown, key)[1].status_code == 401
    assert enrol(api, token, key, name="cam-2")[1].status_code == 401
    request = build_request(token, "cam-1", request_for("cam-2", key))
    assert api.nobody.post("/api/v1/enrol", content=encode(request)).status_code == 422
    assert api.nobody.post("/api/v1/enrol", content=b"{").status_code == 400
    assert api.nobody.post("/api/v1/enrol", content=b" " * 100_000).status_code == 413
    rig.clock.advance(3 * 86400.0)
    late = enrol(api, token, key)[1]
    assert late.status_code == 401
    assert "expired" in late.json()["detail"]
    assert rig.store.devices() == []


@pytest.mark.parametrize("device", ["", "CAM", "a" * 41, "blob", "_controller", "a/b", "+"])
def test_a_token_needs_a_device_id(api: Clients, device: str) -> None:
    answer = api.admin.post("/api/v1/tokens", json={"device": device})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_of_devices_names_the_next(rig: Rig, api: Clients) -> None:
    for number in range(5):
        rig.device(f"cam-{number}").introduce()
    first = api.viewer.get("/api/v1/devices", params={"limit": 2})
    assert [d["id"] for d in first.json()] == ["cam-0", "cam-1"]
    pages = [first]
    while "next" in pages[-1].links:
        pages.append(api.viewer.get(f"/api/v1/devices{pages[-1].links['next']['url']}"))
    assert [d["id"] for page in pages for d in page.json()] == [f"cam-{n}" for n in range(5)]
    assert len(pages) == 3
    for limit in ("0", "501", "x"):
        answer = api.viewer.get("/api/v1/devices", params={"limit": limit})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.status_code == 422


def ids_of(api: Clients, **query: str) -> list[str]:
    """Devices of all pages, read one by one."""
    answer = api.viewer.get("/api/v1/devices", params={**query, "limit": "1"})
    ids = [device["id"] for device in answer.json()]
    while "next" in answer.links:
        answer = api.viewer.get(f"/api/v1/devices{answer.links['next']['url']}")
        ids += [device["id"] for device in answer.json()]
    return ids


def test_devices_are_filtered_and_sorted(rig: Rig, api: Clients) -> None:
    for number, site in enumerate(("north", "south", "north")):
        rig.device(f"cam-{number}").introduce()
        rig.store.configure_device(f"cam-{number}", None, site=site, labels={"n": str(number)})
    assert ids_of(api, filter="site=north") == ["cam-0", "cam-2"]
    assert ids_of(api, filter="n=1|2", sort="-id") == ["cam-2", "cam-1"]
    assert ids_of(api, sort="site") == ["cam-0", "cam-2", "cam-1"]
    assert ids_of(api, sort="-site") == ["cam-1", "cam-2", "cam-0"]
    assert ids_of(api, filter="state=offline,seen<1d,deployment=underway") == ids_of(api)


def test_devices_by_the_model_they_serve(rig: Rig, api: Clients) -> None:
    device = rig.device()
    rig.device("cam-2")
    device.introduce()
    device.report("committed")
    assert ids_of(api, filter="model=nanodet") == ["cam-1"]
    assert ids_of(api, filter="model=nano*|other") == ["cam-1"]
    assert ids_of(api, filter="model!=nanodet") == ["cam-2"]
    assert ids_of(api, filter="!model") == ["cam-2"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"filter": "state=on"}, "query.filter"),
        ({"filter": "a\n=b"}, "query.filter"),
        ({"sort": "colour"}, "query.sort"),
        ({"sort": "site", "after": "cam-1"}, "query.after"),
        ({"sort": "site", "after": "W10"}, "query.after"),
        ({"after": "a b"}, "query.after"),
    ],
)
def test_what_is_no_filter_order_or_cursor(api: Clients, query: dict[str, str], field: str) -> None:
    answer = api.viewer.get("/api/v1/devices", params=query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_history_page_by_page(rig: Rig, api: Clients) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    for latency_ms in (1000.0, 900.0):
        body = {"objective": {"latency_p95_ms": latency_ms}}
        api.operator.post("/api/v1/devices/cam-1/label", json=body)
        device.report("committed")
    for path in ("devices/cam-1/plans", "devices/cam-1/deployments", "variants"):
        whole = api.viewer.get(f"/api/v1/{path}").json()
        assert len(whole) > 1
        answer = api.viewer.get(f"/api/v1/{path}", params={"limit": 1})
        pages = answer.json()
        while "next" in answer.links:
            answer = api.viewer.get(f"/api/v1/{path}{answer.links['next']['url']}")
            pages += answer.json()
        assert pages == whole
    first = api.viewer.get("/api/v1/events/log", params={"after": 1, "limit": 2})
    following = api.viewer.get(f"/api/v1/events/log{first.links['next']['url']}").json()
    assert following[0]["id"] == first.json()[-1]["id"] + 1
    newest = api.viewer.get("/api/v1/events/log", params={"limit": 2})
    assert "next" not in newest.links, "these are the newest"
    assert len(newest.json()) == 2
    older = api.viewer.get("/api/v1/events/log", params={"before": newest.json()[0]["id"]})
    assert older.json()[-1]["id"] == newest.json()[0]["id"] - 1, "those before them"
    words = {"words": "cam-1 committed", "kind": "committed,deploy"}
    for path in ("events/log", "devices/cam-1/events"):
        found = api.viewer.get(f"/api/v1/{path}", params=words).json()
        assert {one["kind"] for one in found} == {"committed"}
    past = api.viewer.get("/api/v1/devices/cam-1/deployments", params={"until": 1.0})
    assert past.json() == []


@pytest.mark.parametrize("devices", [1, 20])
def test_a_page_takes_the_same_queries_for_any_number_of_devices(
    rig: Rig, api: Clients, devices: int
) -> None:
    for number in range(devices):
        rig.device(f"cam-{number}").introduce()
    assert api.viewer.get("/api/v1/rollup").is_success, "the token's use is noted once a minute"
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    assert len(api.viewer.get("/api/v1/devices").json()) == devices
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len(statements) == 5, (
        "the token, the devices, their last deployments, what is intended and what is acknowledged"
    )


def test_roles(rig: Rig, api: Clients) -> None:
    rig.device().introduce()
    assert api.nobody.get("/api/v1/health").status_code == 200
    assert api.nobody.get("/api/v1/devices").status_code == 401
    assert api.viewer.get("/api/v1/devices").status_code == 200
    label = {"site": "north"}
    assert api.viewer.post("/api/v1/devices/cam-1/label", json=label).status_code == 403
    assert api.operator.post("/api/v1/devices/cam-1/label", json=label).status_code == 200
    assert api.operator.post("/api/v1/tokens", json={"device": "cam-2"}).status_code == 403
    assert api.operator.post("/api/v1/devices/cam-1/retire").status_code == 403
    body = {"name": "ops", "role": "operator"}
    assert api.operator.post("/api/v1/api-tokens", json=body).status_code == 403
    assert api.admin.post("/api/v1/api-tokens", json=body).status_code == 201
    assert (
        api.admin.post("/api/v1/api-tokens", json={"name": "x", "role": "god"}).status_code == 422
    )


def test_a_device_tells_its_story(rig: Rig, api: Clients) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    shown = api.viewer.get("/api/v1/devices/cam-1").json()
    assert shown["desired"]["primary"]["point"]["variant"] == device.desired.primary.point.variant
    assert shown["telemetry"] is None
    base = "/api/v1/devices/cam-1"
    assert api.viewer.get(f"{base}/plans").json()[0]["document"]["reasons"]
    assert api.viewer.get(f"{base}/deployments").json()[0]["outcome"] == "committed"
    assert api.viewer.get(f"{base}/telemetry").json() == []
    assert {e["kind"] for e in api.viewer.get(f"{base}/events").json()} >= {"deploy", "committed"}
    for part in ("", "/plans", "/deployments", "/telemetry", "/events"):
        missing = api.viewer.get(f"/api/v1/devices/cam-9{part}")
        assert missing.status_code == 404
        assert "cam-9" in missing.json()["detail"]


def test_compare_and_set(rig: Rig, api: Clients) -> None:
    rig.device()
    etag = api.viewer.get("/api/v1/devices/cam-1").headers["etag"]
    path, change = "/api/v1/devices/cam-1/label", {"labels": {"group": "gate"}}
    first = api.operator.post(path, json=change, headers={"If-Match": etag})
    assert first.status_code == 200
    assert first.headers["etag"] != etag
    assert api.operator.post(path, json=change, headers={"If-Match": etag}).status_code == 409
    assert api.operator.post(path, json=change, headers={"If-Match": "x"}).status_code == 422
    assert api.operator.post(path, json={"lables": {}}).status_code == 422
    assert api.operator.post(path, json={"objective": {"speed": 1}}).status_code == 422


def test_an_objective_leads_to_a_new_plan(rig: Rig, api: Clients) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0)
    device.report("committed")
    before = device.desired
    api.operator.post("/api/v1/devices/cam-1/label", json={"objective": {"latency_p95_ms": 20.0}})
    assert device.desired.revision == before.revision + 1
    assert device.desired.limits.latency_p95_ms == 20.0


def test_plan_on_demand(rig: Rig, api: Clients) -> None:
    device = rig.device()
    path = "/api/v1/devices/cam-1/plan"
    assert api.operator.post(path, json={}).status_code == 409, "nothing is known of it yet"
    device.introduce()
    assert api.operator.post(path, json={}).status_code == 409, "a deployment is under way"
    device.report("committed")
    orders = len(device.orders)
    dry = api.operator.post(path, json={"dry_run": True}).json()
    assert dry["primary"]["variant"]
    assert dry["alternatives"]
    assert len(device.orders) == orders


def test_retired_is_silent(rig: Rig, api: Clients) -> None:
    device = rig.device()
    device.introduce()
    assert api.admin.post("/api/v1/devices/cam-1/retire").status_code == 200
    assert api.viewer.get("/api/v1/devices").json() == []
    assert [d["id"] for d in api.viewer.get("/api/v1/devices?retired=true").json()] == ["cam-1"]
    rig.settle()
    assert "lamplighter/v1/cam-1/down/desired" not in rig.broker.retained
    assert api.admin.post("/api/v1/tokens", json={"device": "cam-1"}).status_code == 409


@pytest.mark.parametrize(
    "path", ["variants", "models", "recipes", "jobs", "recompressions", "rollup", "events/log"]
)
def test_listings(rig: Rig, api: Clients, path: str) -> None:
    rig.device().introduce()
    answer = api.viewer.get(f"/api/v1/{path}")
    assert answer.status_code == 200
    if path == "variants":
        assert {v["id"] for v in answer.json()} == {"full-fp32", "p50-fp32"}
    if path == "rollup":
        assert answer.json()["devices"] == 1


def test_metrics(rig: Rig, api: Clients) -> None:
    device = rig.device()
    device.raw("lamplighter/v1/cam-1/up/birth", b"{")
    text = api.viewer.get("/api/v1/metrics").text
    assert "lamplighter_devices 1.0" in text
    assert 'lamplighter_messages_dropped_total{kind="malformed"} 1.0' in text


def test_unknown_paths_and_methods_are_problems(api: Clients) -> None:
    for answer in (api.viewer.get("/api/v1/nothing"), api.viewer.put("/api/v1/devices")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def test_an_operator_lets_a_device_measure_itself_again(rig: Rig, api: Clients) -> None:
    device = rig.device()
    device.introduce()
    device.report("rejected", "OOM")
    assert rig.store.device_state("cam-1").refused
    assert api.viewer.post("/api/v1/devices/cam-1/probe").status_code == 403
    answer = api.operator.post("/api/v1/devices/cam-1/probe")
    assert answer.status_code == 200
    topic, payload = rig.broker.log[-1]
    assert topic == topics.down("cam-1", "command")
    command = decode(payload, Command)
    assert (command.id, command.kind) == (answer.json()["id"], "probe")
    assert rig.clock.time() < command.expires_at <= rig.clock.time() + 600
    assert rig.store.device_state("cam-1").refused == {}

    plans = len(rig.store.plans("cam-1"))
    device.report("committed")
    device.introduce(dense_ms=5.0)
    assert len(rig.store.plans("cam-1")) > plans, "the new probe leads to a new plan"


def test_who_cannot_be_asked_is_said(rig: Rig, api: Clients) -> None:
    rig.device()
    assert api.operator.post("/api/v1/devices/cam-2/probe").status_code == 404
    rig.link.close()
    answer = api.operator.post("/api/v1/devices/cam-1/probe")
    assert (answer.status_code, answer.json()["title"]) == (503, "The broker is away")
    rig.store.configure_device("cam-1", None, retired_at=1.0)
    assert api.operator.post("/api/v1/devices/cam-1/probe").status_code == 409


def test_a_policy_is_changed_by_operators_and_seen_by_viewers(rig: Rig, api: Clients) -> None:
    body = {"scope": "fleet", "values": {"min_fps": 2.0}}
    assert api.viewer.post("/api/v1/policies", json=body).status_code == 403
    changed = api.operator.post("/api/v1/policies", json=body)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"1"')
    stale = api.operator.post("/api/v1/policies", json=body, headers={"If-Match": '"0"'})
    assert stale.status_code == 409
    (scope,) = api.viewer.get("/api/v1/policies").json()
    assert (scope["scope"], scope["values"], scope["version"]) == ("fleet", {"min_fps": 2.0}, 1)
    shown = api.viewer.get("/api/v1/policies/thresholds").json()
    assert [t["source"] for t in shown if t["name"] == "min_fps"] == ["fleet"]
    bad = api.operator.post("/api/v1/policies", json={"values": {"min_fps": 99}})
    assert bad.status_code == 422 and "0.05 to 30" in bad.json()["detail"]
    unknown = api.viewer.get("/api/v1/policies/thresholds?scope=somewhere")
    assert unknown.status_code == 422


def test_what_waits_for_release_is_shown_beside_what_is_ordered(rig: Rig, api: Clients) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=50.0)
    device.report("committed")
    never = {"release_from_hour": 0.0, "release_until_hour": 0.0}
    api.operator.post("/api/v1/policies", json={"scope": "fleet", "values": never})
    rig.settle()
    device.report("committed")
    objective = {"objective": {"latency_p95_ms": 1000.0}}
    api.operator.post("/api/v1/policies", json={"values": {"min_accuracy_gain": 0.1}})
    rig.settle()
    api.operator.post("/api/v1/devices/cam-1/label", json=objective)
    rig.settle()
    shown = api.viewer.get("/api/v1/devices/cam-1").json()
    assert shown["desired"]["primary"]["point"]["variant"] == "full-fp32"
    assert shown["intended"]["point"]["variant"] == "p50-fp32"
    assert "no hour" in shown["intended"]["held"]
