"""Each screen as it is seen: full, empty and without a controller, in two sizes.

The texts lie in tests/data/dashboard; LAMPLIGHTER_LOOKS=write writes them anew.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_controller.api.app import create_app
from lamplighter_dashboard.screens.base import PolledScreen

from tests.dashboard.city import NOT_BUILT
from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, Session, drive
from tests.dashboard.looks import masked
from tests.simulators.controller_rig import Rig
from tests.simulators.served_app import served

FOLDER = Path(__file__).resolve().parents[1] / "data" / "dashboard"
WIDE = (140, 40)
SIZES = [NARROW, WIDE]
SCREENS = ("events", "rollouts", "provision", "street", "controller", "variants", "transfers")
SETTLES_S = 2.0
WRITES = os.environ.get("LAMPLIGHTER_LOOKS") == "write"


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def looks_as_before(seen: Session, name: str) -> None:
    """As the text that is kept says; or, when that is asked for, keep what is seen."""
    file = FOLDER / f"{name}-{seen.app.size.width}x{seen.app.size.height}.txt"
    if WRITES:
        await seen.pilot.pause(SETTLES_S)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(masked(seen.seen()))
    expected = file.read_text()
    await seen.until(lambda: masked(seen.seen()) == expected, f"what {file.name} shows")


async def each_screen(seen: Session, state: str, begin: Callable[[], object] = list) -> None:
    """`begin`: a build, seen from the screen of variants on."""
    await looks_as_before(seen, f"fleet-{state}")
    for name in SCREENS:
        if name == "variants" and state == "full":
            begin()
        seen.app.action_go(name)
        await seen.pilot.pause()
        screen = seen.app.screen
        assert isinstance(screen, PolledScreen)
        await looks_as_before(seen, f"{name}-{state}")


@pytest.mark.parametrize("size", SIZES)
def test_with_six_devices(city: ServedFleet, size: tuple[int, int]) -> None:
    rig = city.fleet.rig

    def begin() -> None:
        rig.services.queue.call(lambda: rig.services.jobs.build(NOT_BUILT))
        rig.settle()

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await each_screen(seen, "full", begin)
        if size == NARROW:  # the lines of charts are tested by themselves
            await seen.opened("cam-weak")
            await looks_as_before(seen, "device-full")
            await seen.press("question_mark")
            await looks_as_before(seen, "help")

    city.drive(steps, size=size)


@pytest.mark.parametrize("size", SIZES)
def test_without_a_device(tmp_path: Path, size: tuple[int, int]) -> None:
    rig = Rig(tmp_path, [])
    app = create_app(rig.services, recipes=dict, counters=dict)

    async def steps(seen: Session) -> None:
        await each_screen(seen, "empty")

    with served(app) as url:
        drive(url, rig.services.access.make_token("test", "admin"), steps, size)
    rig.close()


@pytest.mark.parametrize("size", SIZES)
def test_without_a_controller(size: tuple[int, int]) -> None:
    async def steps(seen: Session) -> None:
        await each_screen(seen, "broken")

    drive("http://127.0.0.1:9", "none", steps, size)
