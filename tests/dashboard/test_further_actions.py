"""Rollouts that failed, devices that come back, certificates, files and the clipboard."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from fastapi.testclient import TestClient
from lamplighter_controller.services.rollouts.rollouts import LOOK_S
from lamplighter_dashboard.screens.device import DeviceScreen
from lamplighter_dashboard.screens.fleet import FleetScreen
from lamplighter_dashboard.screens.registry import SCREENS
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_wire import topics
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Command

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import Session
from tests.dashboard.pictures import liven
from tests.dashboard.test_many_actions import confirm, go
from tests.simulators.served_app import api_of

DAY_S = 86_400.0


@pytest.fixture
def api(city: ServedFleet) -> Iterator[TestClient]:
    with api_of(city.fleet.app, city.token("admin")) as made:
        yield made


def test_a_rollout_that_failed_is_retried_resumed_rolled_back_and_ended(
    city: ServedFleet, api: TestClient
) -> None:
    rig, gateway = city.fleet.rig, city.fleet.gateway
    served = gateway.desired.primary.point.variant
    assert api.post("groups", json={"name": "strong", "query": "id=gateway-1"}).is_success
    body = {"name": "spring", "target": "int8-p50-77c0de", "group": "strong"}
    assert api.post("rollouts", json=body).is_success
    for verb in ("approve", "start"):
        assert api.post("rollouts/spring/steps", json={"verb": verb}).is_success
    rig.settle()
    for _ in ("the larger size", "the smaller one"):
        serving = rig.store.device_state("gateway-1").serving
        gateway.report("rejected", "OOM", phase="REJECTED", serving=serving)
        rig.wait(LOOK_S)

    def stands() -> tuple[str, str]:
        rig.settle()
        target = api.get("rollouts/spring/devices").json()[0]["state"]
        return api.get("rollouts/spring").json()["state"], target

    assert stands() == ("paused", "failed")
    assert api.post("devices/gateway-1/probe").is_success
    gateway.introduce(8.0, 4.0)  # what it refused is forgotten

    async def step(seen: Session, verb: str, told: str, after: tuple[str, str]) -> None:
        more = {"word": "spring"} if verb == "roll-back" else {}
        await confirm(seen, "a", told, verb=verb, **more)
        await seen.until(lambda: stands() == after, f"{after} after {verb}")
        await seen.until(lambda: after[0].replace("_", " ") in seen.seen(), "that it is said")

    async def steps(seen: Session) -> None:
        await go(seen, "rollouts")
        await seen.until(lambda: "paused" in seen.seen(), "that it stands")
        refused = gateway.desired.revision
        await step(seen, "retry", "are sent the target once more", ("running", "ordered"))
        assert gateway.desired.revision > refused
        await step(seen, "pause", "those under way go on", ("paused", "ordered"))
        await step(seen, "resume", "goes on where it stood", ("running", "ordered"))
        gateway.report("committed", phase="COMMITTED")
        assert gateway.desired.primary.point.variant == "int8-p50-77c0de"
        back = ("rolled_back", "rolled_back")
        await step(seen, "roll-back", "goes back to what it served before", back)
        assert gateway.desired.primary.point.variant == served
        await step(seen, "end", "no longer bound by it", ("ended", "rolled_back"))

    city.drive(steps)


def test_a_retired_device_is_restored(city: ServedFleet, api: TestClient) -> None:
    assert api.post("devices/gateway-1/retire").is_success
    city.fleet.rig.clock.advance(1.0)
    assert api.post("devices/box-1/revoke", json={"reason": "stolen"}).is_success

    async def steps(seen: Session) -> None:
        store = city.fleet.rig.store
        await seen.until(lambda: len(seen.devices) == 4, "those that are left")
        await seen.press("ctrl+r")
        assert isinstance(seen.app.screen, FleetScreen), "in the fleet there is nobody to restore"
        await seen.press("colon")
        await seen.write("retired")
        await seen.until(lambda: "2 retired devices" in seen.text("#summary"), "who has left")
        assert "revoked: stolen" in seen.seen()
        assert seen.app.screen.query_one(ListTable).key == "box-1", "who left last"
        await seen.press("ctrl+r")
        await seen.until(lambda: "never undone" in seen.seen(), "why it is not restored")
        await seen.press("escape", "down", "enter")
        await seen.until(lambda: "○ retired since" in seen.text("#line"), "how its page begins")
        assert "well" not in seen.text("#line")
        await seen.press("escape")
        await confirm(seen, "ctrl+r", "is heard again")
        await seen.until(lambda: not store.device("gateway-1").retired_at, "that it is back")
        await seen.until(lambda: "1 retired device" in seen.text("#summary"), "that it is told")
        await seen.press("escape")
        await seen.until(lambda: "gateway-1" in seen.devices, "its row")
        await seen.opened("gateway-1")
        await seen.press("ctrl+r")
        assert isinstance(seen.app.screen, DeviceScreen), "it is in the fleet"
        await seen.press("escape")
        await seen.opened("box-1")
        assert "✖ revoked: stolen" in seen.text("#line")

    city.drive(steps)


def test_a_certificate_that_ends_is_renewed(city: ServedFleet) -> None:
    rig, box = city.fleet.rig, city.fleet.box
    ends_at = rig.clock.time() + 100 * DAY_S
    known = msgspec.structs.replace(box.capabilities, certificate_ends_at=ends_at)
    box.say("capabilities", known)

    def commands() -> list[CommandKind]:
        rig.settle()
        topic = topics.down("box-1", "command")
        sent = [payload for to, payload in rig.broker.log if to == topic and payload]
        return [decode(payload, Command).kind for payload in sent]

    assert CommandKind.RENEW not in commands()

    async def steps(seen: Session) -> None:
        await go(seen, "provision")
        await seen.until(lambda: "in 100 days" in seen.seen(), "when it ends")
        seen.app.screen.query_one("#ending").focus()
        await confirm(seen, "r", "makes a new key")
        await seen.until(lambda: CommandKind.RENEW in commands(), "the order")

    city.drive(steps)


@pytest.mark.long
def test_every_screen_is_copied_from_and_written_to_files(
    city: ServedFleet, api: TestClient, tmp_path: Path
) -> None:
    liven(city.fleet)
    assert api.post("tokens", json={"device": "cam-9"}).is_success

    async def written(seen: Session, name: str) -> list[dict[str, object]]:
        file = tmp_path / f"{name}.json"
        await seen.press("ctrl+e")
        await seen.write(str(file))
        await seen.until(file.exists, f"the file of {name}")
        found: list[dict[str, object]] = json.loads(file.read_text())
        return found

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("ctrl+y")
        assert seen.app.clipboard == seen.devices[0]
        assert len(await written(seen, "fleet")) == 6
        for place in SCREENS:
            seen.app.action_go(place.name)
            screen = seen.app.screen
            await seen.until(lambda screen=screen: screen.connection().heard_at, place.name)
            if place.name == "provision":
                screen.query_one("#tokens").focus()
            seen.app.copy_to_clipboard("")
            await seen.pilot.pause()
            await seen.press("ctrl+y")
            await seen.until(lambda: seen.app.clipboard, f"what is copied of {place.name}")
            assert await written(seen, place.name), place.name
        assert json.loads((tmp_path / "provision.json").read_text())[0]["device"] == "cam-9"

    city.drive(steps)
