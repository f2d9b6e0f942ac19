"""The two screens: the fleet, and one device."""

from typing import ClassVar

from lamplighter_client.documents import Device
from lamplighter_client.wording import is_news
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Header, RichLog, Static

from lamplighter_controller.dashboard import details, summary, view
from lamplighter_controller.dashboard.markup import said, shown
from lamplighter_controller.dashboard.messages import (
    DeviceOpened,
    DeviceRefreshed,
    EventsArrived,
    FleetRefreshed,
    FleetUnreachable,
)
from lamplighter_controller.dashboard.plots import Figure, SeriesPlot

LATENCIES: dict[str, Figure] = {
    "p50": lambda window: window.latency_p50_ms,
    "p95": lambda window: window.latency_p95_ms,
}
ENERGIES: dict[str, Figure] = {"mJ": lambda window: window.energy_mj_per_frame}


class FleetScreen(Screen[None]):
    """What needs attention, all devices, and what happens to them."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "app.quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Header(show_clock=True, icon="≡")
        yield Static("Waiting for the controller …", id="summary")
        yield Static(id="trouble")
        yield DataTable(id="fleet", cursor_type="row", zebra_stripes=True)
        yield RichLog(id="events", wrap=True, max_lines=500, min_width=0)
        yield Footer()

    def on_mount(self) -> None:
        self._devices: list[Device] = []
        self._shown: tuple[view.Column, ...] = ()
        self.query_one("#trouble").border_title = "Needs attention"
        self.query_one("#trouble").display = False
        self.query_one("#events").border_title = "Events"
        table = self.query_one("#fleet", DataTable)
        table.border_title = "Fleet"
        table.border_subtitle = "Enter opens a device"
        table.focus()

    @on(FleetRefreshed)
    def show_fleet(self, message: FleetRefreshed) -> None:
        self._devices = sorted(message.devices, key=view.rank)
        _show(self, "#summary", summary.fleet_line(self._devices, message.jobs))
        _show_trouble(self, summary.fleet_trouble(self._devices))
        self._draw_table()

    @on(FleetUnreachable)
    def show_failure(self, message: FleetUnreachable) -> None:
        _show(self, "#summary", f"[bold red]{said(message.reason)}[/]")

    @on(EventsArrived)
    def show_events(self, message: EventsArrived) -> None:
        log = self.query_one("#events", RichLog)
        for event in filter(is_news, message.events):
            width = log.scrollable_content_region.width or None
            log.write(shown(summary.event_line(event)), width=width)

    @on(DataTable.RowSelected, "#fleet")
    def open_device(self, message: DataTable.RowSelected) -> None:
        self.app.push_screen(DeviceScreen(str(message.row_key.value)))

    @on(events.Resize)
    def fit_columns(self) -> None:
        if self._shown != view.columns(self.size.width) and self._devices:
            self._draw_table()

    def _draw_table(self) -> None:
        """Redraw where devices, order or columns changed; otherwise only what differs."""
        table = self.query_one("#fleet", DataTable)
        columns = view.columns(self.size.width)
        names = [device.id for device in self._devices]
        if columns != self._shown or names != [str(row.key.value) for row in table.ordered_rows]:
            self._rebuild(table, columns, names)
        for device, name in zip(self._devices, names, strict=True):
            for column in columns:
                cell = shown(column.cell(device))
                if table.get_cell(name, column.key) != cell:
                    table.update_cell(name, column.key, cell, update_width=True)

    def _rebuild(
        self, table: DataTable[Text], columns: tuple[view.Column, ...], names: list[str]
    ) -> None:
        """New columns and rows; the cursor stays on its device."""
        keys = [str(row.key.value) for row in table.ordered_rows]
        chosen = keys[table.cursor_row] if 0 <= table.cursor_row < len(keys) else ""
        table.clear(columns=True)
        for column in columns:
            table.add_column(column.title, key=column.key)
        for device, name in zip(self._devices, names, strict=True):
            table.add_row(*(shown(column.cell(device)) for column in columns), key=name)
        if chosen in names:
            table.move_cursor(row=names.index(chosen))
        self._shown = columns


class DeviceScreen(Screen[None]):
    """One device: what is wrong, why it serves what it serves, how well, and what it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "app.pop_screen", "Fleet"),
        ("q", "app.quit", "Quit"),
    ]

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device = device

    def compose(self) -> ComposeResult:
        yield Header(show_clock=True, icon="≡")
        yield Static("Reading …", id="line")
        yield Static(id="trouble")
        with VerticalScroll(id="page"):
            with Container(id="top"):
                with VerticalScroll(id="facts"):
                    yield Static(id="plan")
                    yield Static(id="capabilities")
                with Vertical(id="plots"):
                    yield SeriesPlot("Latency, ms", LATENCIES, id="latency")
                    yield SeriesPlot("Energy per frame, mJ", ENERGIES, id="energy")
            yield VerticalScroll(Static(id="deployments"), id="history")
        yield Footer()

    def on_mount(self) -> None:
        self.title = f"Lamplighter: {self.device}"
        self.query_one("#trouble").border_title = "Needs attention"
        self.query_one("#trouble").display = False
        self.query_one("#facts").border_title = "Plan and device"
        self.query_one("#history").border_title = "Updates, newest first"
        self.post_message(DeviceOpened())

    @on(FleetUnreachable)
    def show_failure(self, message: FleetUnreachable) -> None:
        _show(self, "#line", f"[bold red]{said(message.reason)}[/]")

    @on(DeviceRefreshed)
    def show_device(self, message: DeviceRefreshed) -> None:
        history = message.history
        if history.device.id != self.device:
            return
        _show(self, "#line", details.device_line(history.device))
        _show_trouble(self, summary.device_trouble(history.device))
        _show(self, "#capabilities", details.capabilities_text(history.device))
        _show(self, "#plan", details.plan_text(history.plans))
        _show(self, "#deployments", details.deployments_text(history.deployments))
        limit_ms = details.latency_limit_ms(history.device)
        self.query_one("#latency", SeriesPlot).show(history.telemetry, limit_ms)
        self.query_one("#energy", SeriesPlot).show(history.telemetry)


def _show(screen: Screen[None], where: str, markup: str) -> None:
    screen.query_one(where, Static).update(shown(markup))


def _show_trouble(screen: Screen[None], text: str) -> None:
    trouble = screen.query_one("#trouble", Static)
    trouble.update(shown(text))
    trouble.display = bool(text)
