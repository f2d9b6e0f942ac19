"""A token for a site or group reaches its devices and nothing else, whatever is asked."""

import base64
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from lamplighter_controller.api.app import PREFIX

from docs.generate.controller import bare_app
from tests.simulators.eventful_day import EventfulDay
from tests.simulators.served_app import api_of, served

DOCUMENT = bare_app().openapi()
OPERATIONS = {
    operation["operationId"]: (method, path.removeprefix(PREFIX), operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if operation.get("security")
}
# In each of these a name of the other site would be seen, if it were told.
ENDLESS = {"stream_events", "stream_fleet_changes"}
ANSWERED = {"list_devices", "list_fleet_rows", "list_overrides", "list_groups", "show_group"}
ANSWERED |= {"list_marks"}
ANSWERED |= {"list_variants", "list_models", "list_recipes", "list_jobs", "list_sites"}
ANSWERED |= {"list_events", "list_recompressions", "show_rollup"}
ANSWERED |= {"list_rollouts", "show_rollout", "list_rollout_devices"}
ANSWERED |= {"list_policies", "list_thresholds", "list_transfers", "show_transfer_sums"}
# Of these a page may hold one entry, so that the place behind it is told.
PAGED = ("/devices", "/devices?sort=-id", "/devices?sort=seen", "/events/log?after=1")
PAGED += ("/recompressions?all=true", "/jobs", "/variants", "/rollouts/june/devices")
OTHER, MINE = "cam-2", "cam-1"
BODIES: dict[str, dict[str, Any]] = {
    "make_plan": {},
    "label_device": {"site": "north"},
    "revoke_device": {"reason": "mine now"},
    "create_token": {"device": OTHER},
    "switch_authority": {"leave_behind": True},
    "finish_rotation": {"leave_behind": True},
    "create_api_token": {"name": "more", "role": "admin"},
    "create_group": {"name": "all", "query": "id"},
    "preview_query": {"query": "online"},
    "change_group": {"query": "online"},
    "set_override": {"kind": "hold", "device": OTHER, "reason": "r", "life_s": 60},
    "set_mark": {"kind": "mute", "device": OTHER, "reason": "r", "life_s": 60},
    "call_off": {"reason": "r", "life_s": 60},
    "preview_roll_back": {"devices": [MINE, OTHER]},
    "roll_back_devices": {"device": OTHER, "reason": "r", "life_s": 60},
    "create_rollout": {"name": "all", "target": "full-fp32", "group": "others"},
    "preview_plan": {"name": "all", "target": "full-fp32", "group": "others"},
    "step_rollout": {"verb": "approve"},
    "change_policy": {"scope": f"device:{OTHER}", "values": {"min_fps": 2.0}},
    "preview_policy": {"scope": f"device:{OTHER}", "values": {"min_fps": 2.0}},
    "estimate_site": {"site": "south", "device": OTHER},
    "specialise_site": {"site": "south", "device": OTHER},
    "stop_site": {"site": "south"},
    "remove_site": {"site": "south"},
}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventfulDay]:
    made = EventfulDay(tmp_path_factory.mktemp("day"))
    made.place(MINE, "north")
    made.place(OTHER, "south")
    admin = api_of(made.app, made.token("admin"))
    for path, body in (
        ("/groups", {"name": "mine", "query": "site=north"}),
        ("/groups", {"name": "others", "query": "site=south"}),
        ("/rollouts", {"name": "june", "target": "full-fp32", "group": "others"}),
        ("/attention/marks", {"kind": "mute", "device": OTHER, "reason": "r", "life_s": 600}),
        ("/overrides", {"kind": "hold", "device": OTHER, "reason": "r", "life_s": 600}),
        ("/overrides", {"kind": "hold", "device": MINE, "reason": "r", "life_s": 600}),
        ("/overrides", {"kind": "hold", "device": OTHER, "reason": "r", "life_s": 500}),
        ("/policies", {"scope": f"device:{OTHER}", "values": {"min_fps": 2.0}}),
    ):
        assert admin.post(path, json=body).is_success
    made.fill(elsewhere="south", devices=[MINE, OTHER], rollout="june")
    yield made
    made.close()


@pytest.fixture(params=["site:north", "group:mine"])
def scoped(day: EventfulDay, request: pytest.FixtureRequest) -> TestClient:
    """An administrator of the devices of one site."""
    return api_of(day.app, day.token("admin", request.param))


def asked(client: TestClient, name: str, device: str) -> Any:
    """What an operation answers that is about a device."""
    method, path, operation = OPERATIONS[name]
    places = defaultdict(
        lambda: "a" * 12, device=device, group="others", rollout="june", number="1"
    )
    path = path.format_map(places)
    body = BODIES.get(name, {}) if "requestBody" in operation else None
    return client.request(method, path, json=body)


@pytest.mark.parametrize("name", [n for n in OPERATIONS if n not in ANSWERED | ENDLESS])
def test_nothing_is_read_or_done_beyond_a_token_s_reach(
    scoped: TestClient, day: EventfulDay, name: str
) -> None:
    before = day.client().get(f"{PREFIX}/devices/{OTHER}").json()
    answer = asked(scoped, name, OTHER)
    assert answer.status_code in (403, 404), answer.text
    assert day.client().get(f"{PREFIX}/devices/{OTHER}").json() == before


@pytest.mark.parametrize("name", sorted(ANSWERED))
def test_lists_leave_out_what_is_beyond(scoped: TestClient, name: str) -> None:
    answer = asked(scoped, name, MINE)
    assert answer.is_success
    assert OTHER not in answer.text


def test_what_was_set_for_others_meanwhile_hides_nothing(scoped: TestClient) -> None:
    (newest,) = scoped.get("/overrides", params={"limit": 1}).json()
    assert newest["scope"] == f"device:{MINE}"


def test_what_is_within_is_read_and_changed(scoped: TestClient) -> None:
    assert [device["id"] for device in scoped.get("/devices").json()] == [MINE]
    for path in ("", "/telemetry", "/events", "/plans", "/deployments"):
        assert scoped.get(f"/devices/{MINE}{path}").is_success
    assert scoped.get("/events/log", params={"device": MINE}).json()
    assert scoped.get("/recompressions", params={"device": OTHER}).status_code == 404
    assert scoped.get("/events/log", params={"device": OTHER}).status_code == 404
    assert scoped.get("/policies/thresholds", params={"scope": f"device:{OTHER}"}).is_error
    assert scoped.post(f"/devices/{MINE}/label", json={"labels": {"a": "b"}}).is_success
    hold = {"kind": "hold", "device": MINE, "reason": "r", "life_s": 60}
    made = scoped.post("/overrides", json=hold)
    assert scoped.post(f"/overrides/{made.json()['id']}/end").is_success


@pytest.mark.parametrize("path", PAGED)
def test_pages_and_the_places_behind_them_tell_of_nothing_beyond(
    scoped: TestClient, day: EventfulDay, path: str
) -> None:
    """The same entries as in one page, and no name of another site in any answer or link."""
    whole = scoped.get(path).json()
    assert whole
    join = "&" if "?" in path else "?"
    link, found = f"{path}{join}limit=1", []
    while link:
        answer = scoped.get(link)
        told = answer.text + decoded(answer.headers.get("link", ""))
        assert OTHER not in told
        assert "south" not in told
        found += answer.json()
        query = answer.links.get("next", {}).get("url", "")
        link = path.partition("?")[0] + query if query else ""
    assert found == whole
    everything = day.client().get(PREFIX + path).json()
    assert len(everything) > len(whole)


def decoded(link: str) -> str:
    """A link, and what its cursor holds."""
    cursor = link.partition("after=")[2].partition(">")[0].partition("&")[0]
    with suppress(ValueError):  # it is an id as it stands
        link += base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("latin-1")
    return link


def test_figures_are_of_the_devices_within(scoped: TestClient, day: EventfulDay) -> None:
    mine, all_of_it = scoped.get("/rollup").json(), day.client().get(f"{PREFIX}/rollup").json()
    assert (mine["devices"], all_of_it["devices"]) == (1, 2)
    assert (mine["online"], mine["jobs_running"], all_of_it["jobs_running"]) == (1, 1, 2)
    answers = scoped.get("/recompressions").json()
    assert sum(mine["recompressions"].values()) == len(answers)
    (rollout,) = scoped.get("/rollouts").json()
    assert sum(rollout["counts"].values()) == 1
    assert rollout["reason"] == ""
    assert rollout == scoped.get("/rollouts/june").json()


def test_a_rollout_of_others_is_none(scoped: TestClient, day: EventfulDay) -> None:
    admin = api_of(day.app, day.token("admin"))
    body = {"name": "theirs", "target": "full-fp32", "group": "others"}
    assert admin.post("/rollouts", json=body).status_code in (201, 409)
    assert scoped.get("/rollouts/theirs").status_code == 404
    assert scoped.get("/rollouts/theirs/devices").status_code == 404
    assert "theirs" not in scoped.get("/rollouts").text


def test_a_stream_leaves_out_what_is_beyond(day: EventfulDay) -> None:
    headers = {"Authorization": f"Bearer {day.token('viewer', 'site:north')}"}
    everything = day.client().get(f"{PREFIX}/events/log", params={"after": 1}).json()
    assert {event["device"] for event in everything} > {MINE}
    wanted = [event["id"] for event in everything if event["device"] == MINE]
    heard = []
    with (
        served(day.app) as url,
        httpx.stream("GET", f"{url}{PREFIX}/events?after=1", headers=headers, timeout=20) as lines,
    ):
        for line in lines.iter_lines():
            if line.startswith("id: "):
                heard.append(int(line.removeprefix("id: ")))
            if len(heard) == len(wanted):
                break
    assert heard == wanted


def test_no_device_is_pushed_out_of_reach(scoped: TestClient, day: EventfulDay) -> None:
    answer = scoped.post(f"/devices/{MINE}/label", json={"site": "south"})
    assert answer.status_code == 403
    assert day.client().get(f"{PREFIX}/devices/{MINE}").json()["site"] == "north"


def test_a_group_that_a_token_reaches_is_needed(day: EventfulDay) -> None:
    admin = api_of(day.app, day.token("admin"))
    admin.post("/groups", json={"name": "gate", "query": "site=gate"})
    body = {"name": "desk", "role": "viewer", "scope": "group:gate"}
    token = admin.post("/api-tokens", json=body).json()
    needed = admin.post("/groups/gate/delete")
    assert (needed.status_code, "1 API tokens reach it (desk)" in needed.text) == (409, True)
    admin.delete(f"/api-tokens/{token['id']}")
    assert admin.post("/groups/gate/delete").is_success


def test_a_scope_must_be_one(day: EventfulDay) -> None:
    admin = api_of(day.app, day.token("admin"))
    body = {"name": "x", "role": "viewer"}
    for scope, status in (("site:north", 201), ("group:none", 404), ("device:a", 422)):
        answer = admin.post("/api-tokens", json=body | {"scope": scope})
        assert answer.status_code == status, answer.text
    assert "site:north" in {token["scope"] for token in admin.get("/api-tokens").json()}
