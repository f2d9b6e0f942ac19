"""The street of a device: the bars follow the cursor, days and devices are a key away."""

from lamplighter_dashboard.screens.street.street import StreetScreen

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import Session, drive
from tests.simulators.cutting_link import CuttingLink


def shown(seen: Session) -> StreetScreen:
    screen = seen.app.screen
    assert isinstance(screen, StreetScreen)
    return screen


async def opened(seen: Session) -> None:
    seen.app.action_go("street")
    await seen.pilot.pause()
    await seen.until(lambda: shown(seen).day is not None, "a day")


def bars_title(seen: Session) -> str:
    return str(seen.app.screen.query_one("#bars").border_title)


def test_a_day_of_a_street(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await opened(seen)
        await seen.press("slash")
        await seen.write("box")
        await seen.until(lambda: "1 109 vehicles entered" in seen.text("#line"), "the day")
        assert "busiest hour 17:00 to 18:00: 132 vehicles" in seen.text("#line")
        await seen.until(lambda: "a night-dry-free" in seen.seen(), "the regimes")
        assert bars_title(seen) == "Entered, vehicles, per 15 min"
        await seen.press("down", "k")
        assert bars_title(seen) == "north/in, car, per 15 min"
        titles, rows = shown(seen).exported()
        assert titles[4:8] == ["street", "movement", "class", "count"]
        assert titles[9:] == ["trouble", "speed_kmh", "speed_count", "occupancy", "notes"]
        assert None not in {row[7] for row in rows}, "no gaps are told of before it enrolled"
        assert sum(int(str(row[7] or 0)) for row in rows) == 1614

    city.drive(steps)


def test_a_street_is_waited_for_until_the_controller_answers(city: ServedFleet) -> None:
    link = CuttingLink(int(city.url.rpartition(":")[2]), [])
    link.break_off()

    async def steps(seen: Session) -> None:
        seen.app.action_go("street")
        await seen.pilot.pause()
        await seen.until(lambda: "no controller answers" in seen.text("#stale"), "its absence")
        assert seen.text("#line") == "Waiting for the controller …"
        link.mend()
        await seen.until(lambda: "box-1" in seen.text("#line"), "the first by name")
        bar = seen.app.screen.query_one("#stale")
        await seen.until(lambda: not bar.display, "nothing is old")

    drive(f"http://127.0.0.1:{link.port}", city.token("viewer"), steps)
    link.close()


def test_other_days_and_devices(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await opened(seen)
        await seen.until(
            lambda: "1 109 vehicles entered" in seen.text("#line"), "the device under the cursor"
        )
        await seen.press("n", "n", "n", "n", "n", "n", "N")
        await seen.until(lambda: "solar-1" in seen.text("#line"), "another device")
        assert "no lines are drawn" in seen.text("#line"), "which is no zero"
        await seen.press("n")
        await seen.until(lambda: "box-1" in seen.text("#line"), "the first behind the last")
        await seen.press("left_square_bracket")
        await seen.until(lambda: "Mon 13 Nov 2023" in seen.text("#line"), "the day before")
        assert "0 % of it was watched" in seen.text("#line")
        await seen.press("right_square_bracket", "right_square_bracket")
        await seen.until(lambda: "Tue 14 Nov 2023" in seen.text("#line"), "no day that is to come")
        await seen.press("d")
        await seen.until(lambda: "Street › box-1" in seen.seen(), "its page")

    city.drive(steps)
