"""Groups from the dashboard: made, changed, let set something, joined and deleted."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from lamplighter_dashboard.screens.groups.group import GroupScreen
from lamplighter_dashboard.screens.groups.groups import GroupsScreen
from lamplighter_dashboard.screens.modal.choose import ChooseScreen
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen
from textual.widgets import Input

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import Session
from tests.simulators.served_app import api_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def api(city: ServedFleet) -> Iterator[TestClient]:
    with api_of(city.fleet.app, city.token("admin")) as made:
        yield made


async def opened(seen: Session) -> GroupsScreen:
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    seen.app.action_go("groups")
    await seen.pilot.pause()
    screen = seen.app.screen
    assert isinstance(screen, GroupsScreen)
    return screen


async def confirm(seen: Session, told: str, **values: str) -> str:
    await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "what is proposed")
    screen = seen.app.screen
    assert isinstance(screen, ConfirmScreen)
    for name, text in values.items():
        screen.query_one(f"#field-{name}", Input).value = text
    await seen.until(lambda: told in seen.text("#effects"), f"that it says {told}")
    await seen.until(lambda: not screen.query_one("#do").disabled, "that it can be confirmed")
    effects = seen.text("#effects")
    await seen.press("ctrl+s")
    await seen.until(lambda: screen is not seen.app.screen, "that it is done")
    return effects


def test_a_group_is_made_changed_and_deleted(city: ServedFleet, api: TestClient) -> None:
    def groups() -> list[str]:
        return [one["query"] for one in api.get("groups").json()]

    async def steps(seen: Session) -> None:
        screen = await opened(seen)
        await seen.until(lambda: "No group yet" in seen.text("#summary"), "that there is none")
        await seen.press("n")
        told = await confirm(seen, "It names 3 devices", name="cams", query="id=cam-*")
        assert "cam-new, cam-small, cam-weak" in told
        await seen.until(lambda: screen.seen.members == {"cams": 3}, "its line")
        await seen.press("e")
        told = await confirm(seen, "It names 1 device", query="id=cam-weak", about="the slow one")
        assert "2 devices go out: cam-new, cam-small" in told
        await seen.until(lambda: groups() == ["id=cam-weak"], "the other query")
        await seen.until(lambda: screen.seen.members == {"cams": 1}, "who is in it now")
        await seen.press("f")
        await seen.until(lambda: seen.devices == ["cam-weak"], "its devices in the fleet")
        screen = await opened_again(seen)
        await seen.press("x")
        await confirm(seen, "its 1 device stay", word="cams")
        await seen.until(lambda: groups() == [], "its end")

    async def opened_again(seen: Session) -> GroupsScreen:
        seen.app.ask("")
        screen = await opened(seen)
        await seen.until(lambda: screen.seen.groups, "the groups")
        return screen

    city.drive(steps)


def test_what_is_no_query_cannot_be_confirmed(city: ServedFleet, api: TestClient) -> None:
    async def steps(seen: Session) -> None:
        await opened(seen)
        await seen.press("n")
        await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "the form")
        screen = seen.app.screen
        screen.query_one("#field-name", Input).value = "odd"
        screen.query_one("#field-query", Input).value = "site=north cpu.vnni"
        await seen.until(lambda: "write and or or before" in seen.text("#effects"), "where")
        assert screen.query_one("#do").disabled
        screen.query_one("#field-query", Input).value = "site=north"
        await seen.until(lambda: "It names 0 devices" in seen.text("#effects"), "the next answer")
        await seen.press("escape")

    city.drive(steps)
    assert api.get("groups").json() == []


def test_a_group_sets_what_holds_for_its_devices(city: ServedFleet, api: TestClient) -> None:
    assert api.post("groups", json={"name": "cams", "query": "id=cam-*"}).is_success
    assert api.post("groups", json={"name": "weak", "query": "id=cam-weak"}).is_success
    later = {"scope": "group:weak", "values": {"latency_p95_ms": 500}}
    assert api.post("policies", json=later).is_success

    def values() -> dict[str, float]:
        kept = {one["scope"]: one["values"] for one in api.get("policies").json()}
        return dict(kept.get("group:cams", {}))

    async def steps(seen: Session) -> None:
        listed = await opened(seen)
        await seen.until(lambda: listed.seen.groups, "the groups")
        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.app.screen, GroupScreen), "one of them")
        screen = seen.app.screen
        assert isinstance(screen, GroupScreen)
        await seen.until(lambda: "it is not in" not in seen.seen() and screen.seen, "what holds")
        assert "id is 'gateway-1'" in seen.seen(), "why another is not in it"
        await seen.press("down", "enter")
        told = await confirm(seen, "→ 400 ms", value="400")
        assert "It concerns 2 devices" in told
        await seen.until(lambda: values() == {"latency_p95_ms": 400.0}, "what is set")
        await seen.until(lambda: "this group" in seen.seen(), "whose word it is")
        await seen.until(lambda: "latency_p95_ms by group:weak" in seen.seen(), "who comes later")
        await seen.press("s")
        await seen.until(lambda: isinstance(seen.app.screen, ChooseScreen), "all thresholds")
        await seen.press("down", "enter")
        await confirm(seen, "what holds without it", value="")
        await seen.until(lambda: values() == {}, "its end")

    city.drive(steps)


def test_a_device_is_moved_to_a_group(city: ServedFleet, api: TestClient) -> None:
    assert api.post("groups", json={"name": "gates", "query": "site=gate and pilot"}).is_success

    async def steps(seen: Session) -> None:
        await seen.opened("gateway-1")
        await seen.press("M")
        await seen.until(lambda: isinstance(seen.app.screen, ChooseScreen), "the groups")
        await seen.press("enter")
        told = await confirm(seen, "site none → gate")
        assert "pilot none → yes" in told
        assert "1 device will be bound by what group gates sets" in told
        inside = lambda: api.get("groups/gates/devices").json()["devices"]  # noqa: E731
        await seen.until(lambda: inside() == ["gateway-1"], "that it is in")

    city.drive(steps)
