"""The two screens: the fleet, and one device."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Header, RichLog, Static

from lamplighter_controller.dashboard import view
from lamplighter_controller.dashboard.details import (
    capabilities_text,
    deployments_text,
    plan_text,
)
from lamplighter_controller.dashboard.messages import (
    DeviceRefreshed,
    EventsArrived,
    FleetRefreshed,
    FleetUnreachable,
)
from lamplighter_controller.dashboard.plots import SeriesPlot

Json = dict[str, Any]


class FleetScreen(Screen[None]):
    """All devices, and what happens to them."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "app.quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Header(show_clock=True, icon="✦")
        yield Static("Waiting for the controller …", id="summary")
        yield DataTable(id="fleet", cursor_type="row", zebra_stripes=True)
        yield RichLog(id="events", markup=True, wrap=True, max_lines=500)
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one("#fleet", DataTable)
        for column in view.COLUMNS:
            table.add_column(column, key=column or "presence")
        self.query_one("#events").border_title = "Events"
        table.focus()

    @on(FleetRefreshed)
    def show_fleet(self, message: FleetRefreshed) -> None:
        self.query_one("#summary", Static).update(view.summary(message.devices))
        table = self.query_one("#fleet", DataTable)
        known = {str(key.value) for key in table.rows}
        keys = [column or "presence" for column in view.COLUMNS]
        for device in message.devices:
            cells = view.row(device)
            if cells[0] not in known:
                table.add_row(*cells, key=cells[0])
                continue
            for key, cell in zip(keys, cells, strict=True):
                table.update_cell(cells[0], key, cell, update_width=True)

    @on(FleetUnreachable)
    def show_trouble(self, message: FleetUnreachable) -> None:
        self.query_one("#summary", Static).update(f"[red]{message.reason}[/]")

    @on(EventsArrived)
    def show_events(self, message: EventsArrived) -> None:
        log = self.query_one("#events", RichLog)
        for event in message.events:
            log.write(view.event_line(event))

    @on(DataTable.RowSelected, "#fleet")
    def open_device(self, message: DataTable.RowSelected) -> None:
        self.app.push_screen(DeviceScreen(str(message.row_key.value)))


class DeviceScreen(Screen[None]):
    """One device: what it is, why it serves what it serves, and how well."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "app.pop_screen", "Fleet"),
        ("q", "app.quit", "Quit"),
    ]

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device = device

    def compose(self) -> ComposeResult:
        yield Header(show_clock=True, icon="✦")
        with Horizontal(id="top"):
            with VerticalScroll(id="facts"):
                yield Static(id="capabilities")
                yield Static(id="plan")
            with Vertical(id="plots"):
                yield SeriesPlot(
                    "latency, ms",
                    {"latency_p50_ms": "p50", "latency_p95_ms": "p95"},
                    id="latency",
                )
                yield SeriesPlot("energy per frame, mJ", {"energy_mj_per_frame": "mJ"}, id="energy")
        yield VerticalScroll(Static(id="deployments"), id="history")
        yield Footer()

    def on_mount(self) -> None:
        self.title = f"Lamplighter: {self.device}"
        self.query_one("#facts").border_title = "What it is, and why it serves this"
        self.query_one("#history").border_title = "Deployments, newest first"

    @on(DeviceRefreshed)
    def show_device(self, message: DeviceRefreshed) -> None:
        if message.device != self.device:
            return
        self.query_one("#capabilities", Static).update(capabilities_text(message.facts))
        self.query_one("#plan", Static).update(plan_text(message.plans))
        self.query_one("#deployments", Static).update(deployments_text(message.deployments))
        self.query_one("#latency", SeriesPlot).show(message.telemetry)
        self.query_one("#energy", SeriesPlot).show(message.telemetry)
