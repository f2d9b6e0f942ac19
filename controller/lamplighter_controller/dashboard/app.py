"""The Textual application: polls in workers, posts messages, draws in screens."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import BindingType

from lamplighter_controller.dashboard.client import FleetClient, FleetUnreachableError
from lamplighter_controller.dashboard.messages import (
    DeviceOpened,
    DeviceRefreshed,
    EventsArrived,
    FleetRefreshed,
    FleetUnreachable,
)
from lamplighter_controller.dashboard.screens import DeviceScreen, FleetScreen

POLL_S = 1.0


class Dashboard(App[None]):
    """The fleet at a glance, and each device in detail."""

    TITLE = "Lamplighter"
    CSS_PATH = "dashboard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own form

    def __init__(self, client: FleetClient) -> None:
        super().__init__()
        self._client = client
        self._last_event = 0
        self.fleet = FleetScreen()

    def on_mount(self) -> None:
        self.push_screen(self.fleet)
        self.set_interval(POLL_S, self.poll)
        self.call_after_refresh(self.poll)

    @on(DeviceOpened)
    def poll(self) -> None:
        """Read again what is on the screen, unless the last reading is still under way."""
        self._start("fleet", self._read_fleet)
        if isinstance(self.screen, DeviceScreen):
            self._start(f"device {self.screen.device}", self._read_device)

    def _start(self, name: str, read: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if not any(worker.name == name and not worker.is_finished for worker in self.workers):
            self.run_worker(read(), name=name)

    async def _read_fleet(self) -> None:
        try:
            devices = await self._client.devices()
            jobs = await self._client.jobs()
            events = await self._client.events(after=self._last_event)
        except FleetUnreachableError as error:
            self.fleet.post_message(FleetUnreachable(str(error)))
            return
        self.fleet.post_message(FleetRefreshed(devices, jobs))
        self._show_events(events)

    async def _read_device(self) -> None:
        screen = self.screen
        if not isinstance(screen, DeviceScreen):
            return
        name = screen.device
        try:
            facts = await self._client.device(name)
            telemetry = await self._client.telemetry(name)
            plans = await self._client.plans(name)
            deployments = await self._client.deployments(name)
        except FleetUnreachableError as error:
            screen.post_message(FleetUnreachable(str(error)))
            return
        screen.post_message(DeviceRefreshed(name, facts, telemetry, plans, deployments))

    def _show_events(self, events: list[dict[str, Any]]) -> None:
        new = [event for event in events if int(event.get("id") or 0) > self._last_event]
        if new:
            self._last_event = max(int(event.get("id") or 0) for event in new)
            self.fleet.post_message(EventsArrived(new))

    async def on_unmount(self) -> None:
        await self._client.close()


def run(url: str, token: str) -> None:
    """Open the dashboard on a controller; returns when the user quits."""
    Dashboard(FleetClient(url, token)).run()
