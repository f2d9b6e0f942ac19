"""What a device's agent has logged, on a screen of its own: asked for, filtered, taken along."""

from typing import Any

from lamplighter_dashboard.screens.device import DeviceScreen
from lamplighter_dashboard.screens.device_log import DeviceLogScreen
from lamplighter_wire.messages import LogLine
from textual.widgets import DataTable

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, Session
from tests.dashboard.test_looks import looks_as_before
from tests.simulators.logging_device import LINES, LoggingDevice


def gateway(city: ServedFleet, **answers: Any) -> LoggingDevice:
    """Of a device that is online."""
    made = LoggingDevice(city.fleet.rig, "gateway-1", city.fleet.gateway)
    made.answers = answers
    return made


async def asked(seen: Session) -> DeviceLogScreen:
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    await seen.opened("gateway-1")
    await seen.press("o")
    screen = seen.app.screen
    assert isinstance(screen, DeviceLogScreen)
    return screen


def test_its_lines_the_newest_first(city: ServedFleet) -> None:
    made = gateway(city)

    async def steps(seen: Session) -> None:
        screen = await asked(seen)
        table = screen.query_one(DataTable)
        await seen.until(lambda: table.row_count == 2, "two lines")
        assert "no frame for" in str(table.get_row_at(0)[-1])
        assert "2 lines, info and above   remembered since 18 Nov 11:06" in seen.text("#summary")
        await looks_as_before(seen, "log-full")
        await seen.press("slash")
        await seen.write("connected")
        await seen.until(lambda: table.row_count == 1, "that line alone")
        titles, rows = screen.exported()
        assert titles == ["at", "level", "logger", "text"]
        assert rows == [[LINES[0].at, "info", "lamplighter_agent.link", "connected"]]
        await seen.press("r")
        await seen.until(lambda: "a moment ago" in seen.text("#summary"), "not so often")
        assert table.row_count == 1
        await seen.press("escape")
        assert isinstance(seen.app.screen, DeviceScreen)

    city.drive(steps, size=NARROW)
    (order,) = made.orders
    assert (order.lines, order.level) == (200, "info")


def test_a_device_that_gives_none_says_why(city: ServedFleet) -> None:
    made = gateway(city, refused="share_log is off in the settings of this device", lines=[])

    async def steps(seen: Session) -> None:
        await asked(seen)
        await seen.until(lambda: "share_log is off" in seen.text("#summary"), "why")

    city.drive(steps)
    assert made.orders


def test_markup_of_others_is_text(city: ServedFleet) -> None:
    gateway(city, lines=[LogLine(at=1.0, level="error", logger="a", text="[red]lost[/red] [/")])

    async def steps(seen: Session) -> None:
        screen = await asked(seen)
        table = screen.query_one(DataTable)
        await seen.until(lambda: table.row_count == 1, "a line")
        assert str(table.get_row_at(0)[-1]) == "[red]lost[/red] [/"

    city.drive(steps)


def test_a_read_only_dashboard_asks_no_device(city: ServedFleet) -> None:
    made = gateway(city)

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.opened("gateway-1")
        await seen.press("o")
        await seen.until(lambda: "read-only" in seen.seen(), "why not")
        seen.app.command("log gateway-1")
        assert not isinstance(seen.app.screen, DeviceLogScreen)

    city.drive(steps, read_only=True)
    assert made.orders == []
