"""Agents on Docker hosts are shown, updated and removed; a fake stands for the engines."""

from lamplighter_dashboard.model.docker_hosts import DockerHost, FakeHosts, HostAgent
from lamplighter_dashboard.screens.device import DeviceScreen
from lamplighter_dashboard.screens.docker_hosts import DockerHostsScreen
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen
from textual.widgets import Button, Input

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, Session

FILE, ENGINE = "north.toml", "ssh://ops@north"
WELL = HostAgent("box-1", ["agent:1.2.0"], "1.2.0", True, True, "online")
OLD = HostAgent("cam-weak", ["agent:1.1.0"], "1.1.0", True, True, "online", ["update"])
DOWN = HostAgent("solar-1", ["agent:1.2.0"], "1.2.0", todo=["start"])


def hosts(**broken: str) -> FakeHosts:
    away = DockerHost("south.toml", trouble="no engine answers there; start it")
    return FakeHosts([DockerHost(FILE, ENGINE, [WELL, OLD, DOWN]), away], dict(broken))


async def opened(seen: Session) -> None:
    await seen.until(lambda: len(seen.devices) == 6, "six devices")
    seen.app.action_go("provision")
    await seen.pilot.pause()
    await seen.press("h")
    await seen.until(lambda: isinstance(seen.app.screen, DockerHostsScreen), "the screen")


async def asked(seen: Session, key: str) -> ConfirmScreen:
    await seen.press(key)
    await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen), "what is proposed")
    screen = seen.app.screen
    assert isinstance(screen, ConfirmScreen)
    return screen


def test_each_agent_is_shown_as_its_engine_tells(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await opened(seen)
        await seen.until(lambda: "3 agents on 2 Docker hosts" in seen.seen(), "the agents")
        text = seen.seen()
        assert "✖ south.toml: no engine answers there; start it" in text
        line = next(line for line in text.splitlines() if "cam-weak" in line)
        assert "● online" in line
        assert "agent:1.1.0" in line
        assert "○ stopped" in next(line for line in text.splitlines() if "solar-1" in line)
        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.app.screen, DeviceScreen), "its page")

    city.drive(steps, size=NARROW, hosts=hosts())


def test_one_is_updated_once_it_is_confirmed(city: ServedFleet) -> None:
    engines = hosts()

    async def steps(seen: Session) -> None:
        await opened(seen)
        await seen.until(lambda: "cam-weak" in seen.seen(), "the agents")
        screen = await asked(seen, "u")
        assert screen.query_one("#do", Button).disabled, "the first is as its file says"
        assert "is as north.toml says already" in seen.text("#effects")
        await seen.press("escape", "down")
        await asked(seen, "u")
        assert f"1 device, on the engine {ENGINE}: update" in seen.text("#effects")
        assert engines.done == []
        await seen.press("ctrl+s")
        await seen.until(lambda: engines.done == [("update", FILE, "cam-weak")], "the update")

    city.drive(steps, hosts=engines)


def test_what_does_not_come_up_is_told(city: ServedFleet) -> None:
    engines = hosts(**{"cam-weak": "it gives no sign of life. What ran before runs again."})

    async def steps(seen: Session) -> None:
        await opened(seen)
        await seen.until(lambda: "cam-weak" in seen.seen(), "the agents")
        await seen.press("down")
        await asked(seen, "u")
        await seen.press("ctrl+s")
        notes = seen.app._notifications  # noqa: SLF001
        await seen.until(lambda: any("runs again" in note.message for note in notes), "why")

    city.drive(steps, hosts=engines)


def test_one_is_removed_once_its_name_is_written(city: ServedFleet) -> None:
    engines = hosts()

    async def steps(seen: Session) -> None:
        await opened(seen)
        await seen.until(lambda: "cam-weak" in seen.seen(), "the agents")
        screen = await asked(seen, "x")
        await seen.press("ctrl+s")
        assert engines.done == []
        screen.query_one("#field-word", Input).value = "box-1"
        await seen.until(lambda: not screen.query_one("#do", Button).disabled, "that it may")
        await seen.press("ctrl+s")
        await seen.until(lambda: engines.done == [("remove", FILE, "box-1")], "the removal")

    city.drive(steps, hosts=engines)


def test_without_files_it_says_where_they_are_named(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await opened(seen)
        await seen.until(lambda: "gateways = [" in seen.seen(), "the hint")

    city.drive(steps)
