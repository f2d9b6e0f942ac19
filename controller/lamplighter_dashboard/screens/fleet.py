"""All devices: what is the matter, filtered, sorted, grouped; the first screen."""

import time
from collections.abc import Sequence
from typing import ClassVar

from lamplighter_client.streaming.fleet_sums import sums
from lamplighter_client.streaming.row_order import RowOrder
from rich.text import Text
from textual import events, on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from lamplighter_dashboard.export.fleet_figures import figures_of
from lamplighter_dashboard.model.connection import Connection, Link
from lamplighter_dashboard.model.fleet_mirror import Group, grouped
from lamplighter_dashboard.model.messages import FleetChanged
from lamplighter_dashboard.screens.base import DashboardScreen
from lamplighter_dashboard.screens.device_keys import DeviceKeys
from lamplighter_dashboard.screens.modal.choose import ChooseScreen
from lamplighter_dashboard.settings.remembered import DEFAULT_COLUMNS
from lamplighter_dashboard.widgets.fleet_columns import COLUMNS, column_named
from lamplighter_dashboard.widgets.fleet_summary import summary_text
from lamplighter_dashboard.widgets.fleet_table import FleetTable
from lamplighter_dashboard.widgets.lists.detail_line import DetailLine
from lamplighter_dashboard.words import query_keys
from lamplighter_dashboard.words.groupings import GROUP, GROUPINGS
from lamplighter_dashboard.words.named_variants import LEGEND, is_rendered

HINT = (
    "First time here?  ? keys and words   / filter   Enter a device   : commands   "
    "^p everything by name   x hides this line"
)


def empty_text(link: Link, query: str) -> str:
    """What is said where there is no row."""
    if link is Link.REFUSED and query:
        return "The controller cannot answer this query. Esc shows all."
    if link is not Link.OPEN:
        return "Waiting for the controller …"
    if query:
        return "No device fits the query. Esc shows all."
    return "No device yet. Key 4 makes a token for one."


class FleetScreen(DeviceKeys, DashboardScreen):
    """The fleet's table under its sums."""

    name_shown = "Fleet"
    searches_for = "a query, such as: site=north and not state=online; or the beginning of a name"
    about = (
        "All devices, what is broken first. / asks for some of them in the language of groups:"
        " site=north and (state=offline or seen>5m), label=value, cpu.avx2, memory<2G. Space marks"
        " devices, and what is done is done to all marked. Rows change by themselves."
        " :retired lists the devices that have left."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "Sort", id="fleet-sort"),
        Binding("o", "turn", "Turn the order", id="fleet-turn", show=False),
        Binding("y", "group", "Group", id="fleet-group"),
        Binding("c", "columns", "Columns", id="fleet-columns"),
        Binding("v", "views", "Views", id="fleet-views", show=False),
        Binding("e", "events", "Its events", id="fleet-events", show=False),
        Binding("x", "hide_hint", "Hide the hint", show=False, id="fleet-hide-hint"),
    ]

    def body(self) -> Sequence[Widget]:
        return (
            Static(id="summary"),
            Static(Text(HINT), id="hint"),
            FleetTable(id="fleet"),
            Static(id="under"),
        )

    @property
    def table(self) -> FleetTable:
        """The table."""
        return self.query_one(FleetTable)

    def begin(self) -> None:
        self.query_one("#hint").display = not self.dashboard.memory.now.hint_seen
        self.look()
        self.table.focus()

    def focus_main(self) -> None:
        self.table.focus()

    def connection(self) -> Connection:
        return self.dashboard.shown.connection

    def acted_on(self) -> Sequence[str]:
        return self.table.chosen_devices

    def copied(self) -> str:
        return "\n".join(self.table.chosen_devices)

    def look(self) -> None:
        """As the view says: columns, order, groups."""
        view = self.dashboard.view
        columns = [key for key in view.columns if column_named(key)] or DEFAULT_COLUMNS
        self.table.choose_columns(columns, view.sort)
        self.draw()

    @on(FleetChanged)
    def draw(self) -> None:
        """Show what is known now; until a query is answered, what was shown before it."""
        dashboard, view, shown = self.dashboard, self.dashboard.view, self.dashboard.shown
        link = shown.connection.link
        if link is Link.OPENING and shown is not dashboard.feed and self.table.rows:
            return
        order = RowOrder(view.sort.removeprefix("-"))
        rows = shown.mirror.ordered(order, descending=view.sort.startswith("-"))
        groups = grouped(rows, view.grouping) if view.grouping else [Group("", rows)]
        now = dashboard.mirror.controller_time(time.time())
        self.table.is_stale = shown.connection.is_stale
        self.table.empty_text = empty_text(link, view.query)
        if shown.mirror.is_whole:
            self.table.forget_all_but(shown.mirror.rows)
        self.table.show(groups, grouped=bool(view.grouping), now=now)
        self._draw_sums()
        self._say_under()

    def _draw_sums(self) -> None:
        found = sums(self.dashboard.shown.mirror.rows.values())
        text = summary_text(found, self.size.width, self.dashboard.tones())
        self.query_one("#summary", Static).update(text)

    def on_resize(self, _event: events.Resize) -> None:
        """The line of sums has words where there is room."""
        if self.query("#summary"):
            self._draw_sums()

    def on_tick(self) -> None:
        stale = self.dashboard.shown.connection.is_stale
        if stale != self.table.is_stale:
            self.draw()

    def _say_under(self) -> None:
        """What is asked, how it is ordered, and the trouble of the device under the cursor."""
        view, mirror, table = self.dashboard.view, self.dashboard.shown.mirror, self.table
        parts = [f"{len(mirror.rows):,}".replace(",", " ")]
        if view.query:
            devices = f"{self.dashboard.mirror.devices:,}".replace(",", " ")
            parts[0] += f" of {devices} with {view.query}"
        parts.append(f"by {view.sort}")
        if any(map(is_rendered, table.seen_rows)):
            parts.append(LEGEND)
        if view.grouping:
            parts.append(f"grouped by {view.grouping}")
        if table.marked:
            parts.append(f"{len(table.chosen_devices)} marked")
        if table.hidden_columns:
            where = "below" if table.device else "hidden"
            parts.append(f"{table.hidden_columns} columns {where}")
        row = mirror.rows.get(table.device)
        text = Text("  ".join(parts), self.dashboard.tone("dim"), no_wrap=True, overflow="ellipsis")
        if row is not None and row.notice:
            text = Text(f"{row.id}: {row.notice_text}   ", self.dashboard.tone("warning")) + text
        self.query_one("#under", Static).update(text)
        for line in self.query(DetailLine):
            line.tell(table, self.dashboard.tone("dim"))

    @on(FleetTable.Moved)
    def _moved(self) -> None:
        self._say_under()

    @on(FleetTable.Folded)
    def _folded(self) -> None:
        self.draw()

    @on(FleetTable.Opened)
    def _open(self, message: FleetTable.Opened) -> None:
        self.dashboard.open_device(message.device)

    @on(FleetTable.SortAsked)
    def _sort_asked(self, message: FleetTable.SortAsked) -> None:
        self._sort_by(message.order)

    @property
    def searched(self) -> str:
        return self.dashboard.view.query

    def search(self, text: str) -> None:
        self.dashboard.ask(
            query_keys.as_query(text, query_keys.values_of(self.dashboard.mirror.rows.values()))
        )

    def complete_search(self, text: str) -> str | None:
        return query_keys.completed(text, query_keys.values_of(self.dashboard.mirror.rows.values()))

    def action_back(self) -> None:
        """One thing at a time: marks, then the query."""
        if self.table.marked:
            self.table.marked.clear()
            self.draw()
        elif self.dashboard.view.query:
            self.dashboard.ask("")

    def action_hide_hint(self) -> None:
        """For good."""
        self.query_one("#hint").display = False
        self.dashboard.memory.change(hint_seen=True)

    def action_sort(self) -> None:
        choices = [(c.order, f"{c.title or 'health'}: {c.about}") for c in COLUMNS if c.order]
        unique = list(dict(reversed(choices)).items())[::-1]
        screen = ChooseScreen("Sort by", unique, [self.dashboard.view.sort.removeprefix("-")])
        self.app.push_screen(screen, lambda keys: self._sort_by(keys[0]) if keys else None)

    def _sort_by(self, order: str) -> None:
        """By the same again: the other way round."""
        now = self.dashboard.view.sort
        self.dashboard.change_view(sort=f"-{order}" if now == order else order)

    def action_turn(self) -> None:
        """The other way round."""
        self._sort_by(self.dashboard.view.sort.removeprefix("-"))

    def action_group(self) -> None:
        labels = sorted({key for row in self.dashboard.mirror.rows.values() for key in row.labels})
        choices = [("", "not at all"), *GROUPINGS.items(), (GROUP, GROUP)]
        choices += [(f"label:{name}", f"label {name}") for name in labels]
        screen = ChooseScreen("Group by", choices, [self.dashboard.view.grouping])
        self.app.push_screen(
            screen,
            lambda keys: self.dashboard.change_view(grouping=keys[0]) if keys else None,
        )

    def action_columns(self) -> None:
        labels = sorted({key for row in self.dashboard.mirror.rows.values() for key in row.labels})
        choices = [(c.key, f"{c.title or 'health'}: {c.about}") for c in COLUMNS]
        choices += [(f"label:{name}", f"label {name}") for name in labels]
        screen = ChooseScreen("Columns", choices, self.dashboard.view.columns, several=True)
        self.app.push_screen(
            screen,
            lambda keys: self.dashboard.change_view(columns=tuple(keys)) if keys else None,
        )

    def action_views(self) -> None:
        choices = [(name, view.query or view.sort) for name, view in self.dashboard.views().items()]
        self.app.push_screen(
            ChooseScreen("Views (:save NAME keeps this one)", choices, []),
            lambda keys: self.dashboard.take_view(keys[0]) if keys else None,
        )

    def action_events(self) -> None:
        """What happened to the device under the cursor."""
        if self.table.device:
            self.dashboard.open_events(self.table.device)

    def exported(self) -> tuple[list[str], list[list[object]]]:
        """Of the chosen columns, also those that there is no room for."""
        return figures_of([one.key for one in self.table.chosen_columns], self.table.rows)
