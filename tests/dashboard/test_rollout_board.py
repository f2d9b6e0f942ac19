"""A rollout is drafted and rehearsed from the dashboard, and its devices stand on a map."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from lamplighter_dashboard.screens.device import DeviceScreen
from lamplighter_dashboard.screens.modal.choose import ChooseScreen
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen
from lamplighter_dashboard.screens.rolling_out.board import RolloutScreen
from textual.widgets import DataTable, Input

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, Session
from tests.dashboard.pictures import liven
from tests.simulators.served_app import api_of


@pytest.fixture
def api(city: ServedFleet) -> Iterator[TestClient]:
    with api_of(city.fleet.app, city.token("admin")) as made:
        yield made


async def begun(seen: Session) -> ConfirmScreen:
    """The form for a model."""
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    seen.app.action_go("rollouts")
    await seen.pilot.pause()
    await seen.press("n")
    await seen.until(lambda: isinstance(seen.app.screen, ChooseScreen), "what it may bring")
    await seen.press("enter")
    await seen.until(lambda: seen.app.screen.query("#field-name"), "the form")
    screen = seen.app.screen
    assert isinstance(screen, ConfirmScreen)
    return screen


def fill(screen: ConfirmScreen, **values: str) -> None:
    for name, text in values.items():
        screen.query_one(f"#field-{name}", Input).value = text


def drafts(api: TestClient) -> list[str]:
    return [one["name"] for one in api.get("rollouts").json()]


def test_a_rollout_is_drafted_once_it_is_known_to_whom(city: ServedFleet, api: TestClient) -> None:
    assert api.post("groups", json={"name": "strong", "query": "id=gateway-1"}).is_success

    async def steps(seen: Session) -> None:
        screen = await begun(seen)
        fill(screen, name="spring", to="strong", target="int8-full-3f2a91")
        await seen.until(lambda: "1 device: 1 canary" in seen.text("#effects"), "the preview")
        assert "nothing is sent to anybody" in seen.text("#effects")
        assert "Do it  ^s" in seen.seen(), "also in a small terminal"
        assert drafts(api) == []
        await seen.press("ctrl+s")
        await seen.until(lambda: drafts(api) == ["spring"], "the draft")

    city.drive(steps, size=NARROW)
    plan = api.get("rollouts/spring").json()["plan"]
    assert (plan["group"], plan["first"], plan["error_share"]) == ("strong", 5.0, 0.05)


def test_a_query_becomes_the_group_of_the_draft(city: ServedFleet, api: TestClient) -> None:
    async def steps(seen: Session) -> None:
        screen = await begun(seen)
        fill(screen, name="spring", to="id=gateway-1 or id=box-1", target="int8-full-3f2a91")
        await seen.until(lambda: "It names 2 devices" in seen.text("#effects"), "whom it names")
        await seen.press("ctrl+s")
        await seen.until(lambda: drafts(api) == ["spring"], "the draft")

    city.drive(steps)
    assert api.get("groups/spring").json()["query"] == "id=gateway-1 or id=box-1"


def test_a_target_that_is_not_there_is_refused_before_it_is_confirmed(
    city: ServedFleet, api: TestClient
) -> None:
    assert api.post("groups", json={"name": "strong", "query": "id=gateway-1"}).is_success

    async def steps(seen: Session) -> None:
        screen = await begun(seen)
        fill(screen, name="spring", to="strong", target="no-such")
        await seen.until(lambda: "no-such" in seen.text("#effects"), "the controller's refusal")
        await seen.press("ctrl+s")
        assert seen.app.screen is screen

    city.drive(steps)
    assert drafts(api) == []


def test_a_draft_s_board_shows_who_would_come_in_and_is_rehearsed(
    city: ServedFleet, api: TestClient
) -> None:
    assert api.post("groups", json={"name": "all", "query": "id"}).is_success
    body = {"name": "spring", "target": "int8-full-3f2a91", "group": "all"}
    assert api.post("rollouts", json=body).is_success

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.app.push_screen(RolloutScreen("spring"))
        await seen.until(lambda: "It would come to" in seen.text("#waves"), "who would come in")
        await seen.until(lambda: "left out: it has not reported" in seen.seen(), "who would not")
        await seen.press("r")
        await seen.until(lambda: "finishes" in seen.text("#canaries"), "the rehearsal")
        await seen.press("a")
        await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "the step")
        await seen.until(lambda: "then a wave of" in seen.text("#effects"), "the preview")
        assert "Rehearsed 21 times" in seen.text("#effects")

    city.drive(steps)
    assert api.get("rollouts/spring/rehearsal").json()["rehearsal"]["forecast"]["runs"] == 21


def test_a_map_has_a_sign_for_each_device_and_opens_it(city: ServedFleet) -> None:
    liven(city.fleet)

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.app.push_screen(RolloutScreen("autumn"))
        await seen.until(lambda: "box-1" in seen.seen(), "the list")
        await seen.press("m")
        await seen.until(
            lambda: "gateway-1, north, canaries: ordered" in seen.text("#map"), "the map"
        )
        assert seen.text("#map").splitlines()[:2] == ["canaries  ↓", "wave 1    ·"]
        await seen.press("down")
        assert "box-1, north, wave 1: waiting" in seen.text("#map")
        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.app.screen, DeviceScreen), "its page")
        assert seen.app.screen.device_id == "box-1"
        await seen.press("escape", "m")
        assert seen.app.screen.query_one(DataTable).has_focus

    city.drive(steps, size=NARROW)


def test_the_list_of_a_board_is_narrowed(city: ServedFleet) -> None:
    liven(city.fleet)

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.app.push_screen(RolloutScreen("autumn"))
        table = seen.app.screen.query_one(DataTable)
        await seen.until(lambda: table.row_count == 2, "both devices")
        await seen.press("slash")
        await seen.write("waiting")
        await seen.until(lambda: table.row_count == 1, "one of them")
        assert "only “waiting”" in seen.text("#line")

    city.drive(steps)


def test_nothing_is_drafted_or_rehearsed_in_a_dashboard_to_look_at(city: ServedFleet) -> None:
    liven(city.fleet)

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        seen.app.action_go("rollouts")
        await seen.press("n")
        assert not isinstance(seen.app.screen, ChooseScreen)
        notes = seen.app._notifications  # noqa: SLF001
        await seen.until(lambda: any("read-only" in n.message for n in notes), "why")

    city.drive(steps, read_only=True)
