"""The Textual application: polls in workers, posts messages, draws in screens."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Event
from lamplighter_client.errors import ClientError
from lamplighter_client.target import Target
from lamplighter_client.wording import error_text
from textual import on
from textual.app import App
from textual.binding import BindingType

from lamplighter_controller.dashboard.messages import (
    DeviceHistory,
    DeviceOpened,
    DeviceRefreshed,
    EventsArrived,
    FleetRefreshed,
    FleetUnreachable,
)
from lamplighter_controller.dashboard.screens import DeviceScreen, FleetScreen

POLL_S = 1.0
# A screen that stands still for longer is better told so.
TIMEOUT_S = 5.0
TELEMETRY_WINDOWS = 120
PLANS = 5
DEPLOYMENTS = 8
EVENTS = 100
JOBS = 20


class Dashboard(App[None]):
    """The fleet at a glance, and each device in detail."""

    TITLE = "Lamplighter"
    CSS_PATH = "dashboard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's own form

    def __init__(self, client: AsyncClient) -> None:
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
        send = self._client.send
        try:
            devices = await send(endpoints.devices())
            jobs = await send(endpoints.jobs(JOBS))
            events = await send(endpoints.events(self._last_event, EVENTS))
        except ClientError as error:
            self.fleet.post_message(FleetUnreachable(error_text(error)))
            return
        self.fleet.post_message(FleetRefreshed(devices, jobs))
        self._show_events(events)

    async def _read_device(self) -> None:
        screen = self.screen
        if not isinstance(screen, DeviceScreen):
            return
        try:
            history = await self._history(screen.device)
        except ClientError as error:
            screen.post_message(FleetUnreachable(error_text(error)))
            return
        screen.post_message(DeviceRefreshed(history))

    async def _history(self, device: str) -> DeviceHistory:
        send = self._client.send
        return DeviceHistory(
            device=await send(endpoints.device(device)),
            telemetry=await send(endpoints.telemetry(device, TELEMETRY_WINDOWS)),
            plans=await send(endpoints.plans(device, PLANS)),
            deployments=await send(endpoints.deployments(device, DEPLOYMENTS)),
        )

    def _show_events(self, events: list[Event]) -> None:
        new = [event for event in events if event.id > self._last_event]
        if new:
            self._last_event = max(event.id for event in new)
            self.fleet.post_message(EventsArrived(new))

    async def on_unmount(self) -> None:
        await self._client.close()


def dashboard_of(target: Target) -> Dashboard:
    """The dashboard on a controller; `run()` returns when the user quits."""
    return Dashboard(AsyncClient(target, TIMEOUT_S))
