"""The fleet's table: worst first, filtered, sorted, grouped, and what changes by itself."""

import json
from pathlib import Path

import pytest
from lamplighter_dashboard.model.connection import Link
from lamplighter_dashboard.settings.remembered import Memory
from textual.widgets import Input

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, PATIENCE_S, WIDE, Session, drive
from tests.simulators.cutting_link import CuttingLink


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_all_devices_are_there_with_what_is_broken_first(
    city: ServedFleet, size: tuple[int, int]
) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        assert seen.devices[:2] == ["box-1", "solar-1"]
        assert seen.devices[-1] == "gateway-1"
        await seen.until(lambda: "4/6 online" in seen.text("#summary"), "the sums")
        words = ("✖ 1", "○ 1", "▲ 2", "· 1", "● 1")
        assert all(word in seen.text("#summary") for word in words), "as the rows say"
        await seen.until(lambda: "last heard 11 min ago" in seen.text("#under"), "the reason")
        lines = seen.seen().splitlines()
        (row,) = [line for line in lines if "gateway-1" in line]
        assert "●" in row
        assert "5.0/5.0" in row
        assert "committed" in row
        (broken,) = [line for line in lines if line.lstrip().startswith("✖ solar-1")]
        assert size == NARROW or "2.8!" in broken, "a broken limit is read without colour"
        assert all(len(line) <= size[0] for line in lines)
        detail = seen.app.screen.query_one("#detail")
        assert detail.display == bool(seen.table.hidden_columns)
        if size == NARROW:
            below = seen.text("#detail")
            assert "heard 11 min" in below, "what there is no room for"
            assert "serves nanodet-full-3f2a91" in below, "a name that is cut"
            assert "update" not in below, "it is seen whole"

    city.drive(steps, size=size)


def test_a_query_is_asked_of_the_controller_and_taken_back(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("slash")
        await seen.write("not state=online")
        await seen.until(lambda: sorted(seen.devices) == ["box-1", "cam-new"], "two devices")
        assert "2 of 6 with not state=online" in seen.text("#under")
        assert len(seen.app.mirror.rows) == 6, "other screens know all devices"
        store = city.fleet.rig.store
        store.configure_device("cam-weak", None, site="west")
        store.update_device("cam-new", online=True)
        await seen.until(lambda: seen.devices == ["box-1"], "what no longer fits leaves")
        rows = seen.app.mirror.rows
        await seen.until(lambda: rows["cam-weak"].site == "west", "what changes elsewhere")
        store.update_device("cam-new", online=False)
        await seen.until(lambda: len(seen.devices) == 2, "what fits again comes back")
        await seen.press("slash")
        await seen.write("cam-w")
        await seen.until(lambda: seen.devices == ["cam-weak"], "a name by its beginning")
        await seen.press("slash")
        assert seen.app.screen.query_one("#prompt", Input).value == "id=cam-w*", (
            "it is gone on from"
        )
        await seen.press("escape", "escape")
        await seen.until(lambda: len(seen.devices) == 6, "all again")
        await seen.press("slash")
        await seen.write("site=")
        await seen.until(lambda: "at character 6" in seen.text("#stale"), "what is wrong with it")
        await seen.until(lambda: seen.devices == [], "no row stands for a query not understood")
        assert len(seen.app.mirror.rows) == 6

    city.drive(steps)


def test_order_groups_and_columns_are_chosen_and_remembered(
    city: ServedFleet, tmp_path: Path
) -> None:
    memory = Memory(tmp_path / "dashboard.json")

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("colon")
        await seen.write("sort -power")
        await seen.until(lambda: seen.devices[0] == "solar-1", "the most power first")
        await seen.press("y", "down", "down", "down", "down", "down", "enter")
        assert seen.app.view.grouping == "state"
        assert "▾ never   1 device" in seen.seen()
        await seen.press("home", "enter")
        assert "▸ never   1 device" in seen.seen(), "a group is folded"
        assert "cam-new" not in seen.devices
        seen.table.marked.add("cam-new")
        assert seen.table.chosen_devices == ["cam-new"], "it is acted on though it is folded"
        seen.table.marked.clear()
        await seen.press("c", "space", "ctrl+s")
        assert "health" not in seen.app.view.columns

    city.drive(steps, memory=memory)
    kept = Memory(tmp_path / "dashboard.json").now.view
    assert (kept.sort, kept.grouping) == ("-power", "state")
    assert "health" not in kept.columns


def test_an_order_holds_while_rows_change_and_when_they_are_read_anew(city: ServedFleet) -> None:
    store = city.fleet.rig.store

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        await seen.press("s")
        await seen.press("home", "down", "enter")
        assert seen.app.view.sort == "site", "the second that there is"
        for name, site in (("box-1", "b"), ("gateway-1", "c"), ("solar-1", "d")):
            store.configure_device(name, None, site=site)
        placed = ["box-1", "gateway-1", "solar-1"]
        await seen.until(lambda: seen.devices[-3:] == placed, "in their places")
        store.configure_device("box-1", None, site="z")
        placed = ["gateway-1", "solar-1", "box-1"]
        await seen.until(lambda: seen.devices[-3:] == placed, "to its new one")
        await seen.press("o")
        assert seen.devices[:3] == placed[::-1]
        assert (seen.app.feed.sort, seen.app.shown.sort) == ("-site", "-site")
        seen.app.command("query site=c|z")
        await seen.until(lambda: seen.devices == ["box-1", "gateway-1"], "of a query too")
        assert seen.app.shown.sort == "-site"

    city.drive(steps)


def test_what_changes_is_seen_and_the_cursor_stays_on_its_device(city: ServedFleet) -> None:
    store = city.fleet.rig.store

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        assert seen.table.device == "box-1"
        store.update_device("box-1", online=True)
        await seen.until(lambda: seen.devices[0] == "solar-1", "it is well again")
        assert seen.table.device == "box-1"
        seen.table.marked.add("cam-small")
        store.configure_device("cam-small", None, retired_at=1.0)
        await seen.until(lambda: "cam-small" not in seen.devices, "it has left")
        assert not seen.table.marked
        seen.app.command("query not id=cam-new")
        await seen.until(lambda: "4 of 5 with" in seen.text("#under"), "a part of the fleet")
        store.configure_device("cam-new", None, retired_at=1.0)
        await seen.until(lambda: "4 of 4 with" in seen.text("#under"), "what left elsewhere")

    city.drive(steps)


def test_a_controller_that_is_away_is_said_and_come_back_to(city: ServedFleet) -> None:
    link = CuttingLink(int(city.url.rpartition(":")[2]), [])

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        link.break_off()
        await seen.until(lambda: seen.app.feed.connection.link is Link.AWAY, "it is away")
        await seen.until(lambda: "all below is as of" in seen.text("#stale"), "its age")
        await seen.until(lambda: seen.table.is_stale, "the rows are dimmed")
        assert len(seen.devices) == 6, "what was known stays"
        city.fleet.rig.store.configure_device("cam-weak", None, site="north")
        link.mend()
        await seen.until(lambda: not seen.table.is_stale, "it is there again")
        await seen.until(
            lambda: seen.app.mirror.rows["cam-weak"].site == "north", "what was missed"
        )
        bar = seen.app.screen.query_one("#stale")
        await seen.until(lambda: not bar.display, "nothing is old")

    drive(f"http://127.0.0.1:{link.port}", city.token("viewer"), steps)
    link.close()


def test_what_is_shown_is_written_to_files(city: ServedFleet, tmp_path: Path) -> None:
    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        seen.app.NOTIFICATION_TIMEOUT = PATIENCE_S  # the first stays until the last has come
        for name in ("fleet.csv", "fleet.json", "fleet.svg"):
            seen.app.command(f"export {tmp_path / name}")
        seen.app.command(f"export {tmp_path / 'fleet.csv'}")
        await seen.until(lambda: len(seen.app._notifications) >= 4, "four answers")  # noqa: SLF001

    city.drive(steps)
    rows = json.loads((tmp_path / "fleet.json").read_text())
    assert {row["device"] for row in rows} >= {"box-1", "gateway-1"}
    assert all(isinstance(row["latency_p95_ms"], int | float | None) for row in rows)
    worst = {row["device"]: (row["health"], row["temperature_c"]) for row in rows}
    assert worst["box-1"] == ("offline", None)
    titles = (tmp_path / "fleet.csv").read_text().splitlines()[0]
    assert titles.startswith("health,device,site,groups,processor,hardware_class,model,recipe,")
    assert "<svg" in (tmp_path / "fleet.svg").read_text()


def test_the_sums_have_words_once_there_is_room() -> None:
    """Also while no controller answers, so that nothing else draws them anew."""

    async def steps(seen: Session) -> None:
        app = seen.app
        await seen.until(lambda: app.shown.connection.link is Link.AWAY, "no controller")
        await seen.pilot.pause(0.1)
        attempts = app.shown.connection.attempts
        await seen.pilot.resize_terminal(*WIDE)
        await seen.pilot.pause()
        assert "look at it" in seen.text("#summary") or app.shown.connection.attempts > attempts

    drive("http://127.0.0.1:9", "none", steps, NARROW)
