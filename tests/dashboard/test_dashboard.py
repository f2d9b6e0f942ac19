"""The dashboard driven by keys, against the real API over a real database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from lamplighter_client.client import AsyncClient
from lamplighter_client.target import Target
from lamplighter_controller.dashboard.app import Dashboard
from lamplighter_controller.dashboard.plots import SeriesPlot
from textual.pilot import Pilot
from textual.widgets import DataTable, RichLog, Static

from tests.dashboard.city import FleetOfSix

Step = Callable[[Dashboard, Pilot[None]], Awaitable[None]]
WIDE, NARROW = (120, 36), (80, 24)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetOfSix]:
    made = FleetOfSix(tmp_path_factory.mktemp("fleet"))
    yield made
    made.close()


def drive(fleet: FleetOfSix, size: tuple[int, int], step: Step, token: str = "") -> None:
    """Open the dashboard, wait for its first reading, and take the step."""
    transport = httpx.ASGITransport(app=fleet.app)

    async def session() -> None:
        target = Target("http://controller", token or fleet.token)
        app = Dashboard(AsyncClient(target, transport=transport))
        async with app.run_test(size=size) as pilot:
            await read(app, pilot)
            await step(app, pilot)

    asyncio.run(session())


async def read(app: Dashboard, pilot: Pilot[None]) -> None:
    """Poll once and let everything be drawn."""
    app.poll()
    await app.workers.wait_for_complete()
    await pilot.pause()


def text_of(app: Dashboard, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).render())


def names(app: Dashboard) -> list[str]:
    table = app.fleet.query_one("#fleet", DataTable)
    return [str(row.key.value) for row in table.ordered_rows]


def chosen(app: Dashboard) -> str:
    return names(app)[app.fleet.query_one("#fleet", DataTable).cursor_row]


def test_problems_come_first(fleet: FleetOfSix) -> None:
    async def step(app: Dashboard, _pilot: Pilot[None]) -> None:
        trouble = text_of(app, "#trouble").splitlines()
        assert "box-1 offline, last heard 11 min ago" in trouble[0]
        assert "solar-1 power breach: 2.81 W (estimate), limit 2.50 W" in trouble[1]
        assert any("cam-weak loses 12 %" in line for line in trouble)
        assert any("cam-small refused" in line and "SLOWER" in line for line in trouble)
        assert names(app)[:2] == ["box-1", "solar-1"]
        assert names(app)[-1] == "gateway-1"
        assert "4 of 6 online" in text_of(app, "#summary")

    drive(fleet, WIDE, step)


@pytest.mark.parametrize(("size", "columns"), [(WIDE, 10), (NARROW, 7)])
def test_the_table_fits_the_terminal(
    fleet: FleetOfSix, size: tuple[int, int], columns: int
) -> None:
    async def step(app: Dashboard, _pilot: Pilot[None]) -> None:
        table = app.fleet.query_one("#fleet", DataTable)
        assert len(table.columns) == columns
        assert table.virtual_size.width <= size[0] - 2
        assert app.fleet.query_one("#events").size.height >= 2

    drive(fleet, size, step)


def test_columns_follow_the_terminal(fleet: FleetOfSix) -> None:
    async def step(app: Dashboard, pilot: Pilot[None]) -> None:
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        assert len(app.fleet.query_one("#fleet", DataTable).columns) == 7

    drive(fleet, WIDE, step)


def test_events_are_shown_once(fleet: FleetOfSix) -> None:
    async def step(app: Dashboard, pilot: Pilot[None]) -> None:
        log = app.fleet.query_one("#events", RichLog)
        lines = len(log.lines)
        assert any("workload shift" in line.text for line in log.lines)
        await read(app, pilot)
        assert len(log.lines) == lines

    drive(fleet, WIDE, step)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_device_opens_with_its_plan_plots_and_updates(
    fleet: FleetOfSix, size: tuple[int, int]
) -> None:
    async def step(app: Dashboard, pilot: Pilot[None]) -> None:
        while chosen(app) != "cam-weak":
            await pilot.press("down")
        await pilot.press("enter")
        await read(app, pilot)
        assert "int8-" in text_of(app, "#plan")
        assert "·" in text_of(app, "#plan")
        assert "quota 0.25" in text_of(app, "#capabilities")
        assert "committed" in text_of(app, "#deployments")
        assert "60 KiB fetched" in text_of(app, "#deployments")
        assert "loses 12 %" in text_of(app, "#trouble")
        plot = app.screen.query_one("#latency", SeriesPlot)
        assert plot.size.height >= 6
        assert len(plot.plt.build().splitlines()) > 1
        await pilot.press("escape")
        assert app.screen is app.fleet

    drive(fleet, size, step)


def test_a_refused_update_says_why(fleet: FleetOfSix) -> None:
    async def step(app: Dashboard, pilot: Pilot[None]) -> None:
        while chosen(app) != "cam-small":
            await pilot.press("down")
        await pilot.press("enter")
        await read(app, pilot)
        first = text_of(app, "#deployments").splitlines()[0]
        assert "rejected SLOWER" in first
        assert "trial of 30 pairs: 61.0 ms against 22.0 ms" in first

    drive(fleet, WIDE, step)


def test_a_token_that_may_not_read_is_said(fleet: FleetOfSix) -> None:
    async def step(app: Dashboard, _pilot: Pilot[None]) -> None:
        assert "token" in text_of(app, "#summary")

    drive(fleet, WIDE, step, token="wrong")


def test_an_absent_controller_is_said() -> None:
    async def session() -> None:
        app = Dashboard(AsyncClient(Target("http://127.0.0.1:9", "token")))
        async with app.run_test(size=NARROW) as pilot:
            await read(app, pilot)
            assert "http://127.0.0.1:9" in text_of(app, "#summary")

    asyncio.run(session())


def test_a_device_that_recovers_goes_down_the_list_and_keeps_the_cursor(tmp_path: Path) -> None:
    fleet = FleetOfSix(tmp_path)

    async def step(app: Dashboard, pilot: Pilot[None]) -> None:
        assert chosen(app) == "box-1"
        fleet.rig.store.update_device("box-1", online=True)
        await read(app, pilot)
        assert names(app)[0] == "solar-1"
        assert chosen(app) == "box-1"
        assert "box-1" not in text_of(app, "#trouble")

    try:
        drive(fleet, WIDE, step)
    finally:
        fleet.close()
