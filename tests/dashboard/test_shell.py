"""What all screens share: help, crumbs, commands, themes, keys of one's own, read-only."""

from pathlib import Path

from lamplighter_client.target import Target
from lamplighter_dashboard.screens.events import EventsScreen
from lamplighter_dashboard.screens.fleet import FleetScreen
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen
from lamplighter_dashboard.screens.modal.help import HelpScreen
from lamplighter_dashboard.settings.chosen import Chosen, ContextSettings
from lamplighter_dashboard.settings.remembered import Memory
from lamplighter_dashboard.themes.palettes import CONTRAST, LIGHT

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, Session


def test_help_names_the_keys_and_esc_goes_back(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("question_mark")
        assert isinstance(seen.app.screen, HelpScreen)
        await seen.press("escape")
        await seen.press("enter")
        await seen.until(lambda: "Fleet › box-1" in seen.text("#crumbs"), "crumbs")
        await seen.press("e")
        assert "Fleet › box-1 › Events of box-1" in seen.text("#crumbs")
        screen = seen.app.screen
        assert isinstance(screen, EventsScreen)
        await seen.until(lambda: "events of box-1" in seen.text("#summary"), "its events")
        await seen.until(lambda: bool(screen.shown()), "one of them")
        assert {event.device for event in screen.shown()} == {"box-1"}
        await seen.press("escape", "escape")
        assert isinstance(seen.app.screen, FleetScreen)
        await seen.press("escape")
        assert isinstance(seen.app.screen, FleetScreen), "the fleet stays"

    city.drive(steps, size=NARROW)


def test_commands_lead_everywhere_and_say_what_they_want(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("colon")
        await seen.write("device solar-1")
        assert seen.app.screen.name_shown == "solar-1"
        await seen.press("2")
        assert isinstance(seen.app.screen, EventsScreen)
        for written, told in (
            ("sort nonsense", "sort by one of"),
            ("fly", "no command 'fly'"),
            ("device", "write :device NAME"),
            ("context north", "no context 'north'"),
            ("export fleet.doc", "FILE.csv"),
        ):
            seen.app.command(written)
            await seen.pilot.pause()
            texts = [note.message for note in seen.app._notifications]  # noqa: SLF001
            assert any(told in text for text in texts), (written, texts)
        seen.app.command("quit")

    city.drive(steps)


def test_an_unknown_device_is_no_end_of_it(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        seen.app.open_device("cam-99")
        await seen.pilot.pause()
        await seen.until(lambda: "no device 'cam-99'" in seen.text("#stale"), "a remedy")

    city.drive(steps)


def test_theme_views_and_hint_are_remembered(city: ServedFleet, tmp_path: Path) -> None:
    file = tmp_path / "dashboard.json"

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        assert seen.app.screen.query_one("#hint").display
        await seen.press("x", "t")
        seen.app.command("query id=cam-*")
        seen.app.command("sort -power")
        seen.app.command("save cams")
        seen.app.command("sort site")
        seen.app.command("all")
        await seen.until(lambda: len(seen.devices) == 6, "all again")
        seen.app.command("view cams")
        await seen.until(lambda: len(seen.devices) == 3, "what was kept")

    async def again(seen: Session) -> None:
        assert seen.app.theme == LIGHT
        assert not seen.app.screen.query_one("#hint").display
        assert seen.app.view.query == "", "a fleet is never opened as a part of it"
        assert seen.app.view.sort == "-power", "the view that was taken last"
        await seen.press("t")
        assert seen.app.theme == CONTRAST

    city.drive(steps, memory=Memory(file))
    city.drive(again, memory=Memory(file))
    assert "token" not in file.read_text()


def test_keys_of_one_s_own_and_read_only(city: ServedFleet) -> None:
    chosen = Chosen(keys={"device-hold": "f7"}, read_only=True)

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        assert "read-only" in seen.text("#where")
        await seen.press("f7")
        texts = [note.message for note in seen.app._notifications]  # noqa: SLF001
        assert any("read-only" in text for text in texts), "the key counts, and nothing is changed"
        await seen.press("h")
        assert not isinstance(seen.app.screen, ConfirmScreen)

    city.drive(steps, chosen=chosen)


def test_another_controller_is_a_context(city: ServedFleet, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(city.token("viewer"))
    there = ContextSettings(url=city.url, token_file=str(tmp_path / "token"), read_only=True)
    chosen = Chosen(contexts={"north": there})

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("space")
        seen.app.client.target = Target("http://127.0.0.1:9", "")
        seen.app.command("context north")
        await seen.until(lambda: seen.app.client.target.url == city.url, "another controller")
        await seen.until(lambda: len(seen.devices) == 6, "its devices")
        assert "north read-only" in seen.app.where()
        assert not seen.app.fleet.table.marked, "devices of the other one are marked no longer"

    city.drive(steps, chosen=chosen)


def test_read_only_stays_so_with_another_context(city: ServedFleet, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(city.token())
    there = ContextSettings(url=city.url, token_file=str(tmp_path / "token"))

    async def steps(seen: Session) -> None:
        seen.app.command("context north")
        await seen.until(lambda: seen.app.context == "north", "another controller")
        assert seen.app.read_only

    city.drive(steps, chosen=Chosen(contexts={"north": there}), read_only=True)
