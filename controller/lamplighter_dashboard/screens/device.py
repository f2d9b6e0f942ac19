"""One device: what it does, why, how it did over time, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import (
    Deployment,
    Device,
    Event,
    Explanation,
    FleetRow,
    PlanEntry,
    TelemetryEntry,
)
from lamplighter_client.documents.street.accuracy import DeviceAccuracy
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.errors import RefusedError
from lamplighter_client.pages.device_day import DeviceTime, device_time_page
from lamplighter_client.streaming.endpoints import fleet_rows
from lamplighter_client.street.endpoints import accuracy
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Grid, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static, TabbedContent, TabPane

from lamplighter_dashboard.actions.leaving_actions import restore
from lamplighter_dashboard.export.device_figures import windows_of
from lamplighter_dashboard.model.device_charts import SIGNS, charts
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.screens.device_keys import DeviceKeys
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.widgets.series_plot import SeriesPlot
from lamplighter_dashboard.words import device_page
from lamplighter_dashboard.words.device_page import deployment_row
from lamplighter_dashboard.words.events import when
from lamplighter_dashboard.words.named_variants import by_size
from lamplighter_dashboard.words.on_device.comparison import compared
from lamplighter_dashboard.words.on_device.phases import phases_text
from lamplighter_dashboard.words.on_device.standing import intended, left_line

T = TypeVar("T")
SPANS = (
    (600.0, "10 min"),
    (3600.0, "1 h"),
    (6 * 3600.0, "6 h"),
    (86400.0, "1 day"),
    (7 * 86400.0, "7 days"),
)
WINDOWS, DEPLOYMENTS, PLANS, EVENTS, ACCURACY_EVERY = 600, 50, 1, 500, 20
PLOTS = (
    ("latency", "Latency, ms: p50 and p95"),
    ("rate", "Frames per second: served and demanded"),
    ("energy", "Energy per frame, mJ"),
    ("counts", "Crossings per minute"),
    ("density", "Objects in a frame"),
    ("power", "Power of the device, W"),
)


@dataclass(frozen=True, slots=True)
class DevicePage:
    """A device and what is kept of its past. `at`: the controller's wall clock."""

    device: Device
    at: float
    row: FleetRow
    telemetry: list[TelemetryEntry]
    plans: list[PlanEntry]
    deployments: list[Deployment]  # the newest
    ordered: list[Deployment]  # at least those in the time of the charts
    explanation: Explanation | None
    events: list[Event]  # in the time of the charts
    marked: list[Event]  # of these, at least all that the charts mark
    accuracy: DeviceAccuracy | None


class DeviceScreen(DeviceKeys, PolledScreen[DevicePage]):
    """Tabs: how it does, why, updates, what it is."""

    about = (
        "One device. Lines in the charts are U updates, S shifts of the street and B broken limits;"
        " curves break off where nothing was measured."
        " + and - show a shorter or longer time, [ and ] an earlier or later one, n the present."
        " The keys act on this device; each says first what it will do, and nothing is done until"
        " it is confirmed."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "plus,equals_sign",
            "zoom(-1)",
            "Shorter time",
            show=False,
            id="zoom-in",
            key_display="+",
        ),
        Binding("minus", "zoom(1)", "Longer time", show=False, id="zoom-out", key_display="-"),
        Binding(
            "left_square_bracket",
            "move(-1)",
            "Earlier",
            show=False,
            id="chart-earlier",
            key_display="[",
        ),
        Binding(
            "right_square_bracket",
            "move(1)",
            "Later",
            show=False,
            id="chart-later",
            key_display="]",
        ),
        Binding("n", "now", "Now", show=False, id="chart-now"),
        Binding("tab", "next_tab", "Next tab", id="next-tab"),
        Binding("e", "events", "Its events", id="device-events"),
        Binding("o", "log", "Its log", id="device-log", tooltip="asked of the device now"),
        Binding(
            "ctrl+r",
            "restore",
            "Restore",
            id="device-restore",
            tooltip="a retired device back into the fleet",
        ),
    ]

    def __init__(self, device: str, at: float = 0.0) -> None:
        """Charts are around `at`, by the controller's wall clock; 0: up to now."""
        super().__init__()
        self.device_id = self.name_shown = device
        self._around = at
        self._span = self._reads = 0
        self.page: DevicePage | None = None

    def body(self) -> Sequence[Widget]:
        updates = ListTable(
            ("when", "rev", "variant", "accuracy", "became", "phases", "detail"),
            id="updates",
            cut=("phases", "detail"),
            dropped=("rev", "detail"),
            spare=("accuracy",),
        )
        plots = [SeriesPlot(title, id=name) for name, title in PLOTS]
        for plot in plots:
            plot.add_class("panel")
        tabs = TabbedContent(id="tabs")
        tabs.compose_add_child(TabPane("Now", VerticalScroll(Grid(*plots, id="plots")), id="now"))
        tabs.compose_add_child(TabPane("Why", VerticalScroll(Static(id="why-text")), id="why"))
        tabs.compose_add_child(TabPane("Updates", updates, id="updates-tab"))
        tabs.compose_add_child(
            TabPane("About", VerticalScroll(Static(id="about-text")), id="about")
        )
        return (
            Static("Reading …", id="line", classes="line"),
            Static(id="trouble", classes="line"),
            tabs,
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Who is in the fleet is not restored."""
        if action == "restore":
            return self.page is not None and self.page.device.retired_at is not None
        return super().check_action(action, parameters)

    def action_restore(self) -> None:
        """Back into the fleet."""
        if self.page is not None:
            self.dashboard.propose(restore(self.page.device))

    def acted_on(self) -> Sequence[str]:
        return (self.device_id,)

    def copied(self) -> str:
        return self.device_id

    async def read(self, client: AsyncClient) -> DevicePage:
        name = self.device_id
        table = await client.send(fleet_rows(f'id="{name}"', limit=1))
        since = max(0.0, self._begin(table.at))
        until = since + SPANS[self._span][0] if self._around else 0.0
        await self.dashboard.catalogue.refresh(client)
        events = await client.send(endpoints.device_events(name, 0, EVENTS, since, until))
        marked = events
        if len(events) == EVENTS:  # what the charts mark is not to be crowded out
            kinds = list(SIGNS)
            marked = await client.send(
                endpoints.device_events(name, 0, EVENTS, since, until, kinds)
            )
        explained = await _answered(client, endpoints.explain(name))
        labelled = self.page.accuracy if self.page else None
        if self._reads % ACCURACY_EVERY == 0:
            labelled = await _answered(client, accuracy(name))
        self._reads += 1
        newest = await client.send(endpoints.deployments(name, DEPLOYMENTS))
        ordered = newest
        if len(newest) == DEPLOYMENTS and newest[-1].at > since:
            ordered = await client.send(endpoints.deployments(name, EVENTS, since, until))
        return DevicePage(
            device=await client.send(endpoints.device(name)),
            at=table.at,
            row=table.rows[0] if table.rows else FleetRow(id=name),
            telemetry=await client.send(endpoints.telemetry(name, WINDOWS, since, until=until)),
            plans=await client.send(endpoints.plans(name, PLANS)),
            deployments=newest,
            ordered=ordered,
            explanation=explained,
            events=events,
            marked=marked,
            accuracy=labelled,
        )

    def show(self, read: DevicePage) -> None:
        self.page = read
        line = left_line(read.device, read.at) or device_page.now_line(read.row)
        line += intended(read.device, read.at)
        self.say("#line", line + device_page.streams(read.device))
        self.refresh_bindings()
        self.say("#trouble", device_page.trouble(read.device))
        self.query_one("#trouble").display = bool(read.device.attention)
        beside = compared(read.device, read.telemetry, read.accuracy)
        self.say("#why-text", [*beside, *device_page.why(read.explanation, read.plans)])
        self.say("#about-text", device_page.about(read.device))
        self._show_updates(read)
        self._show_charts(read)

    def _show_updates(self, page: DevicePage) -> None:
        rows = [(str(one.revision), self._cells(one, page.at)) for one in page.deployments]
        self.query_one(ListTable).show(rows)

    def _cells(self, one: Deployment, now: float) -> list[Text]:
        tone = self.dashboard.tone
        at, revision, variant, became, shade, phases, detail = deployment_row(one, now)
        return [
            Text(at, tone("dim")),
            Text(revision),
            Text(variant),
            Text(by_size(self.dashboard.catalogue.variants.get(variant)), tone("dim")),
            Text(became, tone(shade)),
            Text(phases, tone("dim")),
            Text(detail, tone("dim")),
        ]

    def _show_charts(self, page: DevicePage) -> None:
        seconds, name = SPANS[self._span]
        end = max([page.at, *(w.start + w.seconds for w in page.telemetry[-1:])])
        begin = self._begin(page.at) if self._around else end - seconds
        drawn = charts(
            page.telemetry,
            page.ordered,
            page.row.latency_limit_ms,
            begin,
            begin + seconds,
            page.marked,
            page.row.power_limit_w,
        )
        if self._around:
            name = f"{name} around {when(self._around, page.at)}; n: now"
        for key, chart in drawn.items():
            self.query_one(f"#{key}", SeriesPlot).show(chart, name)

    def _begin(self, now: float) -> float:
        """When the charts begin."""
        seconds = SPANS[self._span][0]
        return self._around - seconds / 2 if self._around else now - seconds

    def action_move(self, step: int) -> None:
        """By half of what is shown; never into what is to come."""
        if self.page is None:
            return
        half_s = SPANS[self._span][0] / 2
        at = (self._around or self.page.at - half_s) + step * half_s
        self._around = at if at < self.page.at - half_s else 0.0
        self.read_again()

    def action_now(self) -> None:
        """Follow the present again."""
        self._around = 0.0
        self.read_again()

    def action_zoom(self, step: int) -> None:
        """Show a shorter or longer time."""
        self._span = max(0, min(len(SPANS) - 1, self._span + step))
        self.read_again()

    def action_next_tab(self) -> None:
        """The next tab."""
        tabs = self.query_one(TabbedContent)
        names = [pane.id or "" for pane in tabs.query(TabPane)]
        tabs.active = names[(names.index(tabs.active) + 1) % len(names)]

    def action_events(self) -> None:
        """What happened to it."""
        self.dashboard.open_events(self.device_id)

    def action_log(self) -> None:
        """What its agent has logged."""
        self.dashboard.open_log(self.device_id)

    def exported(self) -> tuple[list[str], list[list[object]]]:
        """The windows of the charts; of the table of updates, these."""
        if self.list_in_focus is not None:
            return ["at", "revision", "variant", "outcome", "reason", "phases"], [
                [one.at, one.revision, one.variant, str(one.outcome), one.reason,
                 phases_text(one.reported.phases) if one.reported else ""]
                for one in (self.page.deployments if self.page else [])
            ]  # fmt: skip
        return windows_of(self.page.telemetry if self.page else [])

    def exported_page(self) -> str:
        if self.page is None:
            return ""
        page, begin = self.page, self._begin(self.page.at)
        return device_time_page(
            DeviceTime(
                page.device,
                begin,
                begin + SPANS[self._span][0],
                page.telemetry,
                page.ordered[::-1],
                page.events,
            )
        )


async def _answered(client: AsyncClient, request: ApiRequest[T]) -> T | None:
    """A controller that cannot say it is no reason to show nothing."""
    try:
        return await client.send(request)
    except RefusedError:
        return None
