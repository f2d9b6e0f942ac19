"""Variants as a picture, builds begun and ended, transfers: by keys, at a real controller."""

from lamplighter_client.making.costs import Cost, name_of
from lamplighter_dashboard.screens.making.transfers import TransfersScreen
from lamplighter_dashboard.screens.making.variants import VariantsScreen
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from textual.widgets import Button, Input

from tests.dashboard.city import NOT_BUILT
from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import Session
from tests.simulators.served_app import api_of


async def variants(seen: Session, device: str = "gateway-1") -> VariantsScreen:
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    seen.app.action_go("variants")
    await seen.until(lambda: isinstance(seen.app.screen, VariantsScreen), "the screen")
    screen = seen.app.screen
    assert isinstance(screen, VariantsScreen)
    await seen.press("slash")
    await seen.write(device)
    await seen.until(lambda: screen.seen.front and screen.device_id == device, "its points")
    return screen


async def transfers(seen: Session) -> TransfersScreen:
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    seen.app.action_go("transfers")
    await seen.until(lambda: isinstance(seen.app.screen, TransfersScreen), "the screen")
    screen = seen.app.screen
    assert isinstance(screen, TransfersScreen)
    await seen.until(lambda: screen.seen.transfers, "orders")
    return screen


async def cursor_on(seen: Session, table: str, key: str) -> None:
    await seen.press("home")
    shown = seen.app.screen.query_one(table, ListTable)
    for _ in range(shown.row_count):
        if shown.key == key:
            return
        await seen.press("down")
    raise AssertionError(f"no line {key} in {table}")


async def confirmed(seen: Session, **values: str) -> str:
    """Fill in and confirm; what was said that it would do."""
    await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "what is proposed")
    for name, text in values.items():
        seen.app.screen.query_one(f"#field-{name}", Input).value = text
    await seen.until(lambda: not seen.app.screen.query_one("#do", Button).disabled, "a way on")
    told = seen.text("#effects")
    await seen.press("ctrl+s")
    return told


def test_a_front_is_drawn_and_its_points_are_compared(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        screen = await variants(seen)
        view = screen.view
        assert view is not None
        await seen.until(lambda: "Accuracy against latency" in seen.seen(), "the picture")
        picture = seen.text("#front")
        assert all(letter in picture for letter in view.letters.values())
        assert "It is taught by nanodet-full for 35 minutes." in seen.text("#words")
        first, second = (name_of(point) for point in view.rows[:2])
        await seen.press("home", "space", "down", "space")
        assert screen.marks == [first, second]
        await seen.until(lambda: f"{first} → {second}" in seen.text("#words"), "the comparison")
        assert "latency" in seen.text("#words")
        await seen.press("c")
        assert screen.cost is Cost.ENERGY
        assert "Accuracy against energy" in seen.seen()
        titles, rows = screen.exported()
        assert titles[:3] == ["point", "front", "ap50"]
        assert len(rows) == len(view.rows)

    city.drive(steps)


def test_the_regime_and_the_device_are_chosen(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        screen = await variants(seen)
        assert "day-dry-jam (now)" in seen.text("#line")
        await seen.press("r", "down", "enter")
        front = lambda: screen.seen.front  # noqa: E731 - read anew each time
        await seen.until(lambda: front() and front().regime == screen.regime, "another regime")
        assert screen.regime
        assert "(now)" not in seen.text("#line") or screen.regime == "day-dry-jam"
        await seen.press("n")
        await seen.until(lambda: "solar-1" in seen.text("#line"), "the next device")
        await seen.press("slash")
        await seen.write("cam-new")
        await seen.until(lambda: "has not reported" in seen.text("#line"), "why there is nothing")
        assert seen.text("#front") == "", "the picture of another device is gone"
        await seen.press("y", "enter")
        await seen.until(lambda: "box-1" in seen.text("#line"), "one of the class")
        await seen.press("d")
        await seen.until(lambda: "Variants › box-1" in seen.text("#crumbs"), "its page")
        await seen.press("w")
        await seen.until(lambda: "box-1 › Variants" in seen.text("#crumbs"), "its points again")

    city.drive(steps)


def test_a_build_is_begun_followed_and_ended(city: ServedFleet) -> None:
    store = city.fleet.rig.store

    async def steps(seen: Session) -> None:
        screen = await variants(seen)
        assert screen.view is not None
        wanted = next(p for p in screen.view.rows if p.variant == NOT_BUILT)
        await cursor_on(seen, "#points", name_of(wanted))
        await seen.press("b")
        assert "no device is sent anything" in await confirmed(seen)
        await seen.until(lambda: store.open_jobs(), "the build")
        city.fleet.rig.settle()
        await seen.until(lambda: "█████░░░░░ 50 % calibrate" in seen.text("#building"), "progress")
        await seen.press("escape")
        await transfers(seen)
        (job,) = store.open_jobs()
        await seen.press("tab")
        await cursor_on(seen, "#work", job.id)
        await seen.press("c")
        assert "(50 %) is lost" in await confirmed(seen)
        await seen.until(lambda: city.fleet.rig.settle() or not store.open_jobs(), "its end")
        await seen.until(lambda: "was cancelled" in seen.seen(), "that it is said")

    city.drive(steps)


def test_what_is_under_way_is_called_off(city: ServedFleet) -> None:
    device, rig = city.fleet.gateway, city.fleet.rig
    served = device.desired.primary.point.variant
    body = {"kind": "pin", "device": device.name, "target": "int8-p50-77c0de"}
    api = api_of(city.fleet.app, city.token())
    assert api.post("/overrides", json={**body, "reason": "r", "life_s": 3600}).is_success
    rig.settle()

    async def steps(seen: Session) -> None:
        screen = await transfers(seen)
        await seen.until(lambda: not screen.seen.transfers[0].outcome, "what is under way")
        await seen.press("home", "c")
        told = await confirmed(seen, reason="metered link")
        assert "is sent no more of int8-p50-77c0de" in told
        await seen.until(
            lambda: rig.settle() or device.desired.primary.point.variant == served, "its end"
        )
        await seen.until(lambda: "superseded" in seen.seen(), "that it is said")
        ended = next(one for one in screen.seen.transfers if one.outcome == "committed")
        await cursor_on(seen, "#transfers", f"{ended.device} {ended.revision}")
        await seen.press("c")
        await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "what is proposed")
        assert seen.app.screen.query_one("#do", Button).disabled, "what has ended is not ended"
        await seen.press("escape", "enter")
        await seen.until(lambda: ended.device in seen.text("#crumbs"), "the device's page")

    city.drive(steps)
