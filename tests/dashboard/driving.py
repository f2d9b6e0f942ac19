"""The dashboard driven by keys, against the real API behind a port."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lamplighter_client.client import AsyncClient
from lamplighter_client.target import Target
from lamplighter_dashboard.app import Dashboard
from lamplighter_dashboard.screens.device import DeviceScreen
from lamplighter_dashboard.screens.fleet import FleetScreen
from lamplighter_dashboard.widgets.fleet_table import FleetTable
from rich.text import Text
from textual.notifications import Notification
from textual.pilot import Pilot
from textual.widgets import Static

from tests.dashboard.city import FleetOfSix
from tests.simulators.served_app import served

WIDE, NARROW = (150, 44), (80, 24)
LOWEST_SCREENS = 2  # an empty one, and the fleet
PATIENCE_S, LOOK_S = 90.0, 0.05


class Session:
    """A dashboard that runs, and what is seen on it."""

    def __init__(self, app: Dashboard, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def table(self) -> FleetTable:
        return self.app.fleet.table

    @property
    def devices(self) -> list[str]:
        return [row.id for row in self.table.rows]

    def text(self, selector: str) -> str:
        shown = self.app.screen.query_one(selector, Static).render()
        return shown.plain if isinstance(shown, Text) else str(shown)

    def seen(self) -> str:
        """All letters of the screen."""
        lines = self.app.screen._compositor.render_strips()  # noqa: SLF001 - nothing else tells
        return "\n".join("".join(part.text for part in line) for line in lines)

    @property
    def _is_there(self) -> bool:
        """Whether the screen on top has its parts; also when the dashboard has ended."""
        stack = self.app.screen_stack
        return not stack or stack[-1].is_mounted

    async def until(self, true: Callable[[], Any], what: str) -> None:
        """Wait for something to be so, on a screen that has its parts."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if self._is_there and true():
                return
            await self.pilot.pause(LOOK_S)
        raise AssertionError(f"waited in vain for {what}; on the screen:\n{self.seen()}")

    async def told(self) -> list[Notification]:
        """What was said to the user, once something was."""
        return await self.told_of("")

    async def told_of(self, begins: str) -> list[Notification]:
        """Of what was said that which begins so, once something was."""

        def said() -> list[Notification]:
            kept = self.app._notifications  # noqa: SLF001 - nothing else tells
            return [one for one in kept if one.message.startswith(begins)]

        await self.until(lambda: said(), f"a word about it: {begins}")
        return said()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        """Letter by letter, then Enter."""
        await self.pilot.press(*text, "enter")
        await self.pilot.pause()

    async def opened(self, device: str) -> DeviceScreen:
        """A device's page, once it has read."""
        self.app.open_device(device)
        await self.until(lambda: isinstance(self.app.screen, DeviceScreen), "the page")
        screen = self.app.screen
        assert isinstance(screen, DeviceScreen)
        await self.until(lambda: screen.page is not None, "what the page shows")
        return screen


Steps = Callable[[Session], Awaitable[None]]


def drive(
    url: str, token: str, steps: Steps, size: tuple[int, int] = WIDE, **options: Any
) -> Dashboard:
    """Open the dashboard, wait for the fleet, and take the steps."""
    app = Dashboard(AsyncClient(Target(url, token), 10.0), **options)

    async def session() -> None:
        async with app.run_test(size=size) as pilot:
            opened = Session(app, pilot)
            await opened.until(lambda: isinstance(app.screen, FleetScreen), "the fleet")
            await steps(opened)
            while len(app.screen_stack) > LOWEST_SCREENS:
                app.pop_screen()  # what is read for it is let go before the application ends

    asyncio.run(session())
    return app


@contextmanager
def served_fleet(folder: Path) -> Iterator[tuple[FleetOfSix, str]]:
    """Six devices and the address of their API."""
    fleet = FleetOfSix(folder)
    try:
        with served(fleet.app) as url:
            yield fleet, url
    finally:
        fleet.close()
