"""Each screen as it is seen: full, empty and without a controller, at 80x24 and at 200x60.

One city and one session for each state: the terminal is resized under each screen. The texts lie in
tests/data/dashboard; LAMPLIGHTER_LOOKS=write writes them anew.
"""

import os
import time
from pathlib import Path

import pytest
from lamplighter_controller.api.app import create_app
from lamplighter_controller.store.records import JobRecord
from lamplighter_dashboard.screens.base import DashboardScreen
from lamplighter_dashboard.screens.groups.group import GroupScreen
from lamplighter_dashboard.screens.provision import token_screen
from lamplighter_dashboard.screens.rolling_out.board import RolloutScreen
from lamplighter_wire.enums import JobKind, JobState

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, Session, drive
from tests.dashboard.looks import masked
from tests.dashboard.pictures import begin_a_build, expect_more, liven
from tests.dashboard.test_docker_hosts import hosts
from tests.simulators.controller_rig import Rig
from tests.simulators.cutting_link import CuttingLink
from tests.simulators.served_app import served

FOLDER = Path(__file__).resolve().parents[1] / "data" / "dashboard"
SIZES = [NARROW, (200, 60)]
SCREENS = ("events", "rollouts", "provision", "street", "controller", "variants", "transfers")
SCREENS += ("groups",)
SETTLES_S = 2.0
WRITES = os.environ.get("LAMPLIGHTER_LOOKS") == "write"


@pytest.fixture
def _about_noon(_in_utc: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No midnight is near, whatever the time is: what has just happened has no date before it."""
    monkeypatch.setenv("TZ", f"HERE{time.gmtime().tm_hour - 12:+d}")
    time.tzset()


async def looks_as_before(seen: Session, name: str) -> None:
    """As the texts that are kept say; or, when that is asked for, keep what is seen."""
    for size in SIZES:
        await seen.pilot.resize_terminal(*size)
        file = FOLDER / f"{name}-{size[0]}x{size[1]}.txt"
        if WRITES:
            await seen.pilot.pause(SETTLES_S)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(masked(seen.seen()))
        expected = {file.read_text()}
        later = file.with_suffix(".later.txt")  # once the next quarter of an hour has begun
        if later.exists():
            expected.add(later.read_text())
        await seen.until(
            lambda texts=expected: masked(seen.seen()) in texts, f"what {file.name} shows"
        )


async def each_screen(seen: Session, state: str) -> None:
    await looks_as_before(seen, f"fleet-{state}")
    for name in SCREENS:
        seen.app.action_go(name)
        await looks_once_read(seen, f"{name}-{state}")


async def looks_once_read(seen: Session, name: str) -> None:
    """Once what it read, or that it could not be read, is drawn."""
    await seen.pilot.pause()
    screen = seen.app.screen
    assert isinstance(screen, DashboardScreen)
    await seen.until(lambda: screen.connection().heard_at or screen.connection().attempts, name)
    await looks_as_before(seen, name)


async def details(seen: Session, state: str) -> None:
    """What is opened from a list: a device, a rollout's board, a group."""
    app = seen.app
    app.open_device("cam-weak")
    await looks_once_read(seen, f"device-{state}")
    for name, screen in (("board", RolloutScreen("autumn")), ("group", GroupScreen("solar"))):
        app.action_go("fleet")
        await app.push_screen(screen)
        await looks_once_read(seen, f"{name}-{state}")


async def joining(seen: Session) -> None:
    """The question before a token is made, the token, and agents on Docker hosts."""
    seen.app.push_screen(token_screen("cam-9", "one-time-token", "https://north.example:8080"))
    await seen.pilot.pause()
    await looks_as_before(seen, "secret")
    await seen.press("escape")
    seen.app.action_go("provision")
    await seen.pilot.pause()
    await seen.press("n")
    await seen.until(lambda: bool(seen.app.screen.query("#field-device")), "the question")
    await seen.press(*"cam-9")
    await looks_as_before(seen, "token")
    await seen.press("escape", "h")
    await seen.until(lambda: "cam-weak" in seen.seen(), "the agents")
    await looks_as_before(seen, "hosts-full")


async def lost(seen: Session, link: CuttingLink) -> None:
    """What is known stays, under a line that says of when it is."""
    seen.app.action_go("provision")
    await seen.until(lambda: "cam-9" in seen.seen(), "who asks to come in")
    link.break_off()
    link.close()
    await seen.until(lambda: "as of" in seen.text("#stale"), "how old that is")
    await looks_as_before(seen, "provision-lost")
    seen.app.action_go("fleet")
    await looks_as_before(seen, "fleet-lost")


def test_with_six_devices(city: ServedFleet) -> None:
    liven(city.fleet)
    begin_a_build(city.fleet)
    expect_more(city.fleet)
    link = CuttingLink(int(city.url.rpartition(":")[2]), [])

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await each_screen(seen, "full")
        await details(seen, "full")
        await seen.opened("cam-weak")
        await seen.press("question_mark")
        await looks_as_before(seen, "help")
        await seen.press("escape", "p")
        await seen.until(lambda: bool(seen.app.screen.query("#effects")), "the plan")
        await looks_as_before(seen, "plan")
        await seen.press("escape")
        await joining(seen)
        await lost(seen, link)

    drive(f"http://127.0.0.1:{link.port}", city.token(), steps, NARROW, hosts=hosts())


def test_without_a_device(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    app = create_app(rig.services, recipes=dict, counters=dict)

    async def steps(seen: Session) -> None:
        await each_screen(seen, "empty")
        await details(seen, "empty")  # nothing is known of what is opened

    with served(app) as url:
        drive(url, rig.services.access.make_token("test", "admin"), steps, NARROW)
    rig.close()


@pytest.mark.usefixtures("_about_noon")
def test_a_controller_with_troubles(tmp_path: Path) -> None:
    """What is degraded comes first, with its remedy; the reason of a failure stands whole."""
    rig = Rig(tmp_path, [])
    why = "the calibration frames are gone: record them again with lamplighter scenes render"
    rig.store.put_job(
        JobRecord(
            id="j1",
            kind=JobKind.BUILD,
            subject="int8-neon-0b1d2f",
            state=JobState.FAILED,
            error=why,
            created_at=time.time(),
        )
    )
    app = create_app(rig.services, recipes=dict, counters=dict)

    async def steps(seen: Session) -> None:
        seen.app.action_go("controller")
        await seen.until(lambda: "1 failed today" in seen.seen(), "what is wrong")
        await seen.press("tab")
        await looks_once_read(seen, "controller-errors")

    with served(app) as url:
        drive(url, rig.services.access.make_token("test", "admin"), steps, NARROW)
    rig.close()


def test_without_a_controller() -> None:
    async def steps(seen: Session) -> None:
        await each_screen(seen, "broken")
        await details(seen, "broken")

    drive("http://127.0.0.1:9", "none", steps, NARROW)
