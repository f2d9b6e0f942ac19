"""Rollouts are stepped and devices let in from the dashboard, at a real controller."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen
from lamplighter_dashboard.screens.modal.secret import SecretScreen
from textual.widgets import Button, Input

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import Session
from tests.simulators.certificates import key_and_request
from tests.simulators.served_app import api_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def api(city: ServedFleet) -> Iterator[TestClient]:
    with api_of(city.fleet.app, city.token("admin")) as made:
        yield made


async def go(seen: Session, name: str) -> None:
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    seen.app.action_go(name)
    await seen.pilot.pause()


async def confirm(seen: Session, key: str, told: str, **values: str) -> None:
    await seen.press(key)
    await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "what is proposed")
    screen = seen.app.screen
    for name, text in values.items():
        screen.query_one(f"#field-{name}", Input).value = text
    await seen.until(lambda: told in seen.text("#effects"), f"that it says {told}")
    await seen.until(lambda: not screen.query_one("#do", Button).disabled, "what follows")
    await seen.press("ctrl+s")
    await seen.until(lambda: screen is not seen.app.screen, "that it is done")


def test_a_rollout_is_approved_started_paused_and_aborted(
    city: ServedFleet, api: TestClient
) -> None:
    assert api.post("groups", json={"name": "strong", "query": "id=gateway-1"}).is_success
    body = {"name": "spring", "target": "int8-full-3f2a91", "group": "strong"}
    assert api.post("rollouts", json=body).is_success

    def state() -> str:
        return str(api.get("rollouts/spring").json()["state"])

    async def steps(seen: Session) -> None:
        await go(seen, "rollouts")
        await seen.until(lambda: "waits to be approved" in seen.seen(), "the draft")
        for verb, told, after in (
            ("approve", "nothing is sent before it is started", "approved"),
            ("start", "those that group strong names when it starts", "running"),
            ("pause", "those under way go on", "paused"),
        ):
            await confirm(seen, "a", told, verb=verb, reason="a trial")
            await seen.until(lambda after=after: state() == after, after)
            await seen.until(lambda after=after: after in seen.seen(), "its new state")
        await seen.press("enter")
        await seen.until(lambda: "gateway-1" in seen.seen(), "its board")
        await confirm(
            seen, "a", "for good", verb="abort", reason="it misses bicycles", word="spring"
        )
        await seen.until(lambda: state() == "aborted", "its end")

    city.drive(steps)


def test_devices_are_let_in_and_kept_out(city: ServedFleet, api: TestClient) -> None:
    stranger = api_of(city.fleet.app, "")

    def ask(device: str) -> int:
        body = {"device": device, "csr": key_and_request(device)[1]}
        return stranger.post("claims", json=body).status_code

    def states() -> dict[str, str]:
        return {one["device"]: one["state"] for one in api.get("claims").json()}

    async def steps(seen: Session) -> None:
        await go(seen, "provision")
        await seen.until(lambda: "nobody; w takes claims" in seen.seen(), "an empty list")
        await confirm(seen, "w", "nobody does before it is accepted here", hours="1")
        await seen.until(lambda: ask("cam-a") < 300, "that claims are taken")
        await seen.until(lambda: "cam-a" in seen.seen(), "who asks")
        city.fleet.rig.clock.advance(1.0)
        assert ask("cam-b") < 300
        await seen.until(lambda: "cam-b" in seen.seen(), "the next, above it")
        await confirm(seen, "a", "joins the fleet at north", site="north")
        await seen.until(lambda: states()["cam-a"] == "accepted", "that it is in who was seen")
        assert states()["cam-b"] == "pending"
        await seen.press("home")
        await confirm(seen, "d", "gets no certificate")
        await seen.until(lambda: states()["cam-b"] == "rejected", "that it is out")

    city.drive(steps)


def test_a_token_is_made_and_shown_once(city: ServedFleet, api: TestClient) -> None:
    async def steps(seen: Session) -> None:
        await go(seen, "provision")
        await confirm(seen, "n", "enrols once, as cam-9", device="cam-9")
        await seen.until(lambda: isinstance(seen.app.screen, SecretScreen), "the token")
        shown = re.sub(r"\s+", " ", seen.seen())
        assert "--device cam-9 --token -" in shown
        await seen.press("escape")
        await seen.until(lambda: "cam-9" in seen.seen(), "that it is listed")
        assert [one["device"] for one in api.get("tokens").json()] == ["cam-9"]

    city.drive(steps)
