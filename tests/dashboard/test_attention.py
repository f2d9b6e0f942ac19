"""From an event to its device at that time, and what is said of what is wrong with it."""

from lamplighter_controller.store.records import EventRecord
from lamplighter_dashboard.model.connection import Link
from lamplighter_dashboard.screens.device import DeviceScreen
from lamplighter_dashboard.screens.events import EventsScreen
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from textual.widgets import Button, Input

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import Session, drive
from tests.simulators.cutting_link import CuttingLink


async def events(seen: Session) -> EventsScreen:
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    seen.app.action_go("events")
    await seen.pilot.pause()
    screen = seen.app.screen
    assert isinstance(screen, EventsScreen)
    await seen.until(lambda: screen.query_one(ListTable).row_count > 0, "events")
    return screen


async def confirm(seen: Session, key: str, told: str, **values: str) -> None:
    await seen.press(key)
    await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "what is proposed")
    screen = seen.app.screen
    for name, text in values.items():
        screen.query_one(f"#field-{name}", Input).value = text
    await seen.until(lambda: told in seen.text("#effects"), "what follows")
    assert not screen.query_one("#do", Button).disabled
    await seen.press("ctrl+s")
    await seen.until(lambda: screen is not seen.app.screen, "the screen before")


def test_events_are_kept_by_severity_and_lead_to_their_time(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        screen = await events(seen)
        everything = len(screen.shown())
        await seen.press("v")
        await seen.until(lambda: "that warn or worse" in seen.text("#summary"), "the severe ones")
        assert 0 < len(screen.shown()) < everything
        await seen.press("v", "v")
        await seen.until(lambda: len(screen.shown()) == everything, "all again")
        screen.search("gateway-1 shift")
        table = screen.query_one(ListTable)
        await seen.until(lambda: table.row_count == 1, "the shift of the gateway")
        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.app.screen, DeviceScreen), "its page")
        await seen.until(lambda: "around " in seen.seen(), "the time of the event")
        await seen.press("n")
        await seen.until(lambda: "around " not in seen.seen(), "the present")
        await seen.press("left_square_bracket")
        await seen.until(lambda: "around " in seen.seen(), "an earlier time")
        await seen.press("right_square_bracket")
        await seen.until(lambda: "around " not in seen.seen(), "the present again")

    city.drive(steps)


def test_events_come_by_themselves_and_are_read_further_back(city: ServedFleet) -> None:
    store, link = city.fleet.rig.store, CuttingLink(int(city.url.rpartition(":")[2]), [])
    with store.transaction():
        for number in range(250):
            store.add_event(EventRecord(device="cam-new", kind="noise", text=f"number {number}"))
    first = store.events(limit=1000)[0]

    async def steps(seen: Session) -> None:
        screen = await events(seen)
        await seen.until(lambda: len(screen.shown()) == 200, "a page")
        assert "o reads further back" in seen.text("#summary")
        store.add_event(EventRecord(device="box-1", kind="news", text="something new"))
        await seen.until(lambda: screen.shown()[0].kind == "news", "what has just happened")
        await seen.press("end")
        await seen.until(lambda: screen.shown()[-1].id == first.id, "the first of all")
        await seen.until(lambda: "further back" not in seen.text("#summary"), "that it is that")
        screen.search("new box-1")
        await seen.until(lambda: len(screen.shown()) == 1, "what is asked for")
        link.break_off()
        await seen.until(lambda: screen.connection().link is Link.AWAY, "it is away")
        store.add_event(EventRecord(device="box-1", kind="news", text="meanwhile, new"))
        store.add_event(EventRecord(device="box-1", kind="other", text="not asked for"))
        link.mend()
        await seen.until(lambda: len(screen.shown()) == 2, "what was missed")
        await seen.until(lambda: screen.connection().link is Link.OPEN, "it is there again")

    drive(f"http://127.0.0.1:{link.port}", city.token("viewer"), steps)
    link.close()


def test_what_is_wrong_is_acknowledged_muted_and_taken_back(city: ServedFleet) -> None:
    store = city.fleet.rig.store

    async def steps(seen: Session) -> None:
        screen = await events(seen)
        screen.search("cam-weak")
        await seen.until(lambda: screen.acted_on() == ["cam-weak"], "an event of the device")
        assert seen.app.mirror.rows["cam-weak"].notice == "dropped"
        await confirm(seen, "a", "If it comes again, it is news", reason="new board is ordered")
        await seen.until(lambda: seen.app.mirror.rows["cam-weak"].marked == 1, "the mark")
        assert seen.app.mirror.rows["cam-weak"].notices == 0
        seen.app.action_go("fleet")
        await seen.until(lambda: "◌ cam-weak" in seen.seen(), "that it is known, not well")
        assert "◌ 1 known" in seen.text("#summary")
        await seen.opened("cam-weak")
        assert "acknowledged by test: new board is ordered" in seen.text("#trouble")
        await confirm(seen, "Z", "acknowledge dropped by test (new board is ordered) ends")
        await seen.until(lambda: seen.app.mirror.rows["cam-weak"].notices == 1, "it is open again")
        await confirm(seen, "z", "for 8 h", reason="road works")
        await seen.until(lambda: seen.app.mirror.rows["cam-weak"].notices == 0, "the mute")
        (mark,) = store.marks(open_at=0.0)
        assert (mark.kind, mark.notice, mark.until - mark.at) == ("mute", "", 8 * 3600.0)

    city.drive(steps)
