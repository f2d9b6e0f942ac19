"""The Textual application: polls in workers, posts messages, draws in screens."""

from typing import Any, ClassVar

from textual import work
from textual.app import App
from textual.binding import BindingType

from lamplighter_controller.dashboard.client import FleetClient, FleetUnreachableError
from lamplighter_controller.dashboard.messages import (
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

    def __init__(self, client: FleetClient) -> None:
        super().__init__()
        self._client = client
        self._last_event = 0
        self.fleet = FleetScreen()

    def on_mount(self) -> None:
        self.push_screen(self.fleet)
        self.set_interval(POLL_S, self.poll)
        self.call_after_refresh(self.poll)

    def poll(self) -> None:
        self.read_fleet()
        if isinstance(self.screen, DeviceScreen):
            self.read_device(self.screen)

    @work(exclusive=True, group="fleet")
    async def read_fleet(self) -> None:
        try:
            devices = await self._client.devices()
            events = await self._client.events(after=self._last_event)
        except FleetUnreachableError as error:
            self.fleet.post_message(FleetUnreachable(str(error)))
            return
        self.fleet.post_message(FleetRefreshed(devices))
        self._show_events(events)

    @work(exclusive=True, group="device")
    async def read_device(self, screen: DeviceScreen) -> None:
        name = screen.device
        try:
            facts = await self._client.device(name)
            telemetry = await self._client.telemetry(name)
            plans = await self._client.plans(name)
            deployments = await self._client.deployments(name)
        except FleetUnreachableError as error:
            self.notify(str(error), severity="error")
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
