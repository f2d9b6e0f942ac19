"""One picture of a device, asked for on the street's screen, with its lines over it."""

from typing import Any

from lamplighter_dashboard.screens.street.still import StillScreen
from lamplighter_wire.messages import Street, StreetLine, StreetZone

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, Session
from tests.dashboard.test_looks import looks_as_before
from tests.dashboard.test_street_screen import opened
from tests.simulators.still_camera import StillCamera

STREET = Street(
    width=640,
    height=480,
    lines=[StreetLine(name="north", ends=((0, 100), (640, 100)))],
    zones=[StreetZone(name="square", corners=[(200, 250), (500, 250), (500, 440), (200, 440)])],
)


def camera(city: ServedFleet, **answers: Any) -> StillCamera:
    """Of a device that is online, and counts on lines that were set."""
    made = StillCamera(city.fleet.rig, "gateway-1", city.fleet.gateway)
    made.answers = answers
    city.fleet.rig.services.configurations.set_street("gateway-1", STREET, "ops")
    return made


async def at_the_gateway(seen: Session) -> None:
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    await opened(seen)
    await seen.press("slash")
    await seen.write("gate")
    await seen.until(lambda: "gateway-1" in seen.text("#line"), "its day")


def test_a_still_with_its_lines(city: ServedFleet) -> None:
    made = camera(city, blurred=2)

    async def steps(seen: Session) -> None:
        await at_the_gateway(seen)
        await seen.press("p")
        screen = seen.app.screen
        assert isinstance(screen, StillScreen)
        await seen.until(lambda: screen.still is not None, "the still")
        await seen.until(lambda: "north" in seen.seen(), "the name of the line")
        assert "square" in seen.seen()
        assert "blurred, more so where 2 road users were found" in seen.text("#still-words")
        await looks_as_before(seen, "still-full")
        await seen.press("r")
        await seen.until(lambda: "a moment ago" in seen.text("#still-words"), "why there is none")
        await seen.press("escape")
        assert "gateway-1" in seen.text("#line")

    city.drive(steps, size=NARROW)
    assert len(made.commands) == 1


def test_a_device_that_gives_none_says_why(city: ServedFleet) -> None:
    camera(city, refused="stills is off in the settings of this device", jpeg=b"", preview=b"")

    async def steps(seen: Session) -> None:
        await at_the_gateway(seen)
        await seen.press("p")
        await seen.until(lambda: "stills is off" in seen.text("#still-words"), "the reason")

    city.drive(steps)


def test_a_read_only_dashboard_asks_nobody(city: ServedFleet) -> None:
    made = camera(city)

    async def steps(seen: Session) -> None:
        await at_the_gateway(seen)
        await seen.press("p")
        assert not isinstance(seen.app.screen, StillScreen)

    city.drive(steps, read_only=True)
    assert made.commands == []
