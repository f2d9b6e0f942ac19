"""Each action asks first, says what follows, and is done at a real controller once confirmed."""

from collections.abc import Callable

import pytest
from lamplighter_client.documents import Device
from lamplighter_client.documents.requests import OverrideBody
from lamplighter_controller.api.answers import device_document
from lamplighter_controller.store.records import PolicyRecord
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen
from lamplighter_dashboard.screens.modal.secret import SecretScreen
from lamplighter_wire import topics
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Command
from textual.widgets import Button, Input

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import Session

Check = Callable[[Device], bool]


def device_of(city: ServedFleet, name: str) -> Device:
    services = city.fleet.rig.services
    return device_document(services, services.store.device(name))


async def proposed(seen: Session, key: str) -> ConfirmScreen:
    await seen.press(key)
    await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "what is proposed")
    screen = seen.app.screen
    assert isinstance(screen, ConfirmScreen)
    return screen


def fill(screen: ConfirmScreen, **values: str) -> None:
    for name, text in values.items():
        screen.query_one(f"#field-{name}", Input).value = text


def is_ready(screen: ConfirmScreen) -> bool:
    return not screen.query_one("#do", Button).disabled


DONE: list[tuple[str, str, dict[str, str], str, Check]] = [
    (
        "hold",
        "h",
        {"reason": "road works", "hours": "2"},
        "Nothing new is sent",
        lambda d: d.overrides[0].kind == "hold",
    ),
    (
        "pin",
        "i",
        {"target": "nanodet", "reason": "trial"},
        "serves nothing but nanodet",
        lambda d: d.overrides[0].target == "nanodet",
    ),
    (
        "label",
        "l",
        {"site": "north", "labels": "lens=wide"},
        "site none → north",
        lambda d: (d.site, d.labels) == ("north", {"lens": "wide"}),
    ),
    (
        "limits",
        "L",
        {"latency_p95_ms": "80"},
        "p95 the controller's, power the controller's → p95 80 ms",
        lambda d: d.objective == {"latency_p95_ms": 80.0},
    ),
    ("retire", "ctrl+t", {"word": "gateway-1"}, "no longer heard", lambda d: bool(d.retired_at)),
    (
        "revoke",
        "ctrl+k",
        {"reason": "stolen", "word": "gateway-1"},
        "Nothing undoes this",
        lambda d: d.revoked == "stolen",
    ),
]


@pytest.mark.parametrize(
    ("key", "values", "told", "is_done"), [row[1:] for row in DONE], ids=[row[0] for row in DONE]
)
def test_an_action_is_said_confirmed_and_done(
    city: ServedFleet, key: str, values: dict[str, str], told: str, is_done: Check
) -> None:
    async def steps(seen: Session) -> None:
        await seen.opened("gateway-1")
        before = device_of(city, "gateway-1")
        screen = await proposed(seen, key)
        assert not is_ready(screen), "nothing is done that is not filled in"
        await seen.press("ctrl+s", "escape")
        assert device_of(city, "gateway-1").version == before.version
        screen = await proposed(seen, key)
        fill(screen, **values)
        await seen.until(lambda: is_ready(screen), "that it can be confirmed")
        assert told in seen.text("#effects")
        await seen.press("ctrl+s")
        (note,) = await seen.told()
        assert note.severity == "information", note.message
        assert is_done(device_of(city, "gateway-1"))

    city.drive(steps)


def test_a_device_goes_back_to_what_was_told_before(city: ServedFleet) -> None:
    gateway, rig = city.fleet.gateway, city.fleet.rig
    before = gateway.desired.primary.point.variant
    body = OverrideBody(
        kind="pin", target="int8-p50-77c0de", device="gateway-1", reason="trial", life_s=60.0
    )
    rig.services.override_changes.set(body, "ops")
    rig.settle()
    gateway.report("committed", phase="COMMITTED")
    rig.wait(61.0)

    async def steps(seen: Session) -> None:
        await seen.opened("gateway-1")
        screen = await proposed(seen, "b")
        fill(screen, reason="worse")
        await seen.until(lambda: is_ready(screen), "that it can be confirmed")
        assert f"gateway-1 → {before}" in seen.text("#effects")
        await seen.press("ctrl+s")
        (note,) = await seen.told()
        assert (note.message, note.severity) == (f"gateway-1 goes back to {before}", "information")
        (pin,) = device_of(city, "gateway-1").overrides
        assert (pin.kind, pin.target) == ("pin", before)

    city.drive(steps)


def test_of_devices_with_no_way_back_each_is_named_with_why(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("space", "space")
        assert seen.table.chosen_devices == ["box-1", "solar-1"]
        screen = await proposed(seen, "b")
        fill(screen, reason="worse")
        await seen.until(lambda: is_ready(screen), "that it can be confirmed")
        assert "▲ box-1 is left as it is: it has served nothing else" in seen.text("#effects")
        await seen.press("ctrl+s")
        (note,) = await seen.told()
        assert note.severity == "warning"
        assert "Roll back 2 devices (box-1, solar-1): 0 of 2 done" in note.message
        for name in ("box-1", "solar-1"):
            assert f"✖ {name} is left as it is: it has served nothing else" in note.message
            assert device_of(city, name).overrides == []

    city.drive(steps)


def test_a_plan_is_shown_as_a_difference_and_then_sent(city: ServedFleet) -> None:
    weak = city.fleet.weak

    async def steps(seen: Session) -> None:
        await seen.opened("cam-weak")
        screen = await proposed(seen, "p")
        effects = seen.text("#effects")
        for told in ("It is sent an update", "serves", "plan →", "AP50", "because"):
            assert told in effects
        before = weak.desired.revision
        assert is_ready(screen)
        await seen.press("ctrl+s")
        (note,) = await seen.told_of("cam-weak:")
        assert note.message == (
            "cam-weak: it is sent an update, which it tries before it serves by it"
        )
        assert note.severity == "information"
        assert weak.desired.revision == before + 1
        planned = weak.desired.primary.point
        assert f"plan → {planned.variant} at {planned.width}x{planned.height}" in effects
        screen = await proposed(seen, "p")
        assert "An update is under way" in seen.text("#effects")
        assert not is_ready(screen), "there is nothing to do before its end"

    city.drive(steps)


def test_a_plan_that_waits_says_until_when_before_and_after(city: ServedFleet) -> None:
    rig, weak = city.fleet.rig, city.fleet.weak
    begin = (rig.clock.time() // 3600 + 2) % 24
    hours = {"release_from_hour": begin, "release_until_hour": (begin + 1) % 24}
    rig.services.policies.keep(PolicyRecord(scope="fleet", version=1, values=hours))
    before = weak.desired.revision

    async def steps(seen: Session) -> None:
        await seen.opened("cam-weak")
        screen = await proposed(seen, "p")
        told = "t is sent an update only later: changes are released from"
        assert told in seen.text("#effects")
        assert is_ready(screen)
        await seen.press("ctrl+s")
        (note,) = await seen.told_of("cam-weak:")
        assert told in note.message
        assert "; until " in note.message
        assert weak.desired.revision == before
        await seen.until(lambda: "waits to be sent" in seen.text("#line"), "that it waits")

    city.drive(steps)


def test_what_is_set_by_hand_is_released(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.opened("solar-1")
        screen = await proposed(seen, "h")
        fill(screen, reason="road works")
        await seen.until(lambda: is_ready(screen), "that it can be confirmed")
        await seen.press("ctrl+s")
        await seen.until(lambda: device_of(city, "solar-1").overrides != [], "the hold")
        await proposed(seen, "r")
        assert "hold  (road works) ends" in seen.text("#effects")
        await seen.press("ctrl+s")
        await seen.until(lambda: device_of(city, "solar-1").overrides == [], "its end")

    city.drive(steps)


def test_what_is_done_is_done_to_all_that_are_marked(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("space", "space")
        assert seen.table.chosen_devices == ["box-1", "solar-1"]
        screen = await proposed(seen, "h")
        assert screen.query_one("#confirm").border_title == "Hold 2 devices (box-1, solar-1)"
        fill(screen, reason="road works")
        await seen.until(lambda: is_ready(screen), "that it can be confirmed")
        await seen.press("ctrl+s")
        for name in ("box-1", "solar-1"):
            await seen.until(lambda name=name: device_of(city, name).overrides != [], name)
        await seen.until(lambda: "hold" in seen.app.mirror.rows["solar-1"].by_hand, "it is shown")

    city.drive(steps)


def test_a_viewer_is_told_that_it_may_not(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.opened("gateway-1")
        await proposed(seen, "m")
        await seen.press("ctrl+s")
        notes = seen.app._notifications  # noqa: SLF001
        await seen.until(lambda: any("role operator" in n.message for n in notes), "the refusal")

    from tests.dashboard.driving import drive

    drive(city.url, city.token("viewer"), steps)


def test_a_device_is_asked_to_measure(city: ServedFleet) -> None:
    def asked() -> list[CommandKind]:
        city.fleet.rig.settle()
        topic = topics.down("gateway-1", "command")
        sent = [payload for to, payload in city.fleet.rig.broker.log if to == topic and payload]
        return [decode(payload, Command).kind for payload in sent]

    before = asked().count(CommandKind.PROBE)

    async def steps(seen: Session) -> None:
        await seen.opened("gateway-1")
        await proposed(seen, "m")
        assert "about ten seconds" in seen.text("#effects")
        await seen.press("ctrl+s")
        (note,) = await seen.told()
        assert (note.message, note.severity) == ("gateway-1: asked to measure", "information")
        assert asked().count(CommandKind.PROBE) == before + 1

    city.drive(steps)


def test_limits_are_of_one_device(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("space", "space", "L")
        assert not isinstance(seen.app.screen, ConfirmScreen)
        notes = seen.app._notifications  # noqa: SLF001
        await seen.until(lambda: any("one device at a time" in n.message for n in notes), "why")

    city.drive(steps)


def test_a_token_is_shown_apart_from_the_command_that_reads_it(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        store = city.fleet.rig.store
        before = store.tokens()
        seen.app.action_go("provision")
        await seen.pilot.pause()
        await seen.press("slash")
        await seen.write("cam-7")
        await seen.pilot.pause()
        assert store.tokens() == before, "nothing is made by looking for it"
        screen = await proposed(seen, "n")
        fill(screen, device="cam-7")
        await seen.until(lambda: is_ready(screen), "that it can be confirmed")
        assert "enrols once, as cam-7" in seen.text("#effects")
        await seen.press("ctrl+s")
        await seen.until(lambda: isinstance(seen.app.screen, SecretScreen), "the token")
        shown = seen.text("#secret > Static")
        command, token, *_ = shown.splitlines()
        assert command.endswith("--device cam-7 --token -")
        assert len(token) > 20
        await seen.press("c")
        assert seen.app.clipboard == command
        await seen.press("t")
        assert seen.app.clipboard == token

    city.drive(steps)
