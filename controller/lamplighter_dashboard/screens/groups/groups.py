"""All groups: whom each names, and what it sets for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from lamplighter_client import endpoints, group_endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import DeviceGroup, PolicyScope
from lamplighter_client.streaming.endpoints import fleet_rows
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.actions import group_actions
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.screens.groups.group import GroupScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.groups import scope_of, sets_line


@dataclass(frozen=True)
class AllGroups:
    """A reading. `members`: how many devices each names; `scopes`: what is set, by scope."""

    groups: Sequence[DeviceGroup] = ()
    scopes: Mapping[str, PolicyScope] = field(default_factory=dict)
    members: Mapping[str, int] = field(default_factory=dict)

    def sets(self, group: str) -> str:
        """What a group sets, in a line."""
        return sets_line(self.scopes.get(scope_of(group)))


class GroupsScreen(PolledScreen[AllGroups]):
    """A line for each group."""

    name_shown = "Groups"
    about = (
        "A group is a query under a name; who is in it is asked anew each time. What a group sets"
        " holds for whoever is in it: limits, hours of changes, bytes in a day, a model. Of several"
        " the one that is last by name counts, and a device's own word before all. Enter opens a"
        " group, n makes one, f shows its devices in the fleet."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "create", "New group", id="groups-new"),
        Binding("e", "change", "Change", id="groups-change", tooltip="whom it names"),
        Binding("x", "delete", "Delete", id="groups-delete"),
        Binding("f", "fleet", "Its devices", id="groups-fleet", tooltip="in the fleet"),
    ]
    every_s = 5.0

    def __init__(self) -> None:
        super().__init__()
        self.seen = AllGroups()

    def body(self) -> Sequence[Widget]:
        titles = ("group", "devices", "query", "sets", "about")
        cut = ("query", "sets", "about")
        return (Static(id="summary"), ListTable(titles, id="groups", cut=cut, dropped=("about",)))

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    async def read(self, client: AsyncClient) -> AllGroups:
        groups = await client.send(group_endpoints.groups())
        scopes = await client.send(endpoints.policy_scopes())
        members = {
            group.name: (await client.send(fleet_rows(group.query, limit=1))).matched
            for group in groups
        }
        return AllGroups(groups, {one.scope: one for one in scopes}, members)

    def show(self, read: AllGroups) -> None:
        self.seen = read
        self.query_one(ListTable).show([(one.name, self._cells(one)) for one in read.groups])
        said = "No group yet. n makes one; :keep NAME makes one of the fleet's query."
        if read.groups:
            said = figures.count(len(read.groups), "group")
        self.query_one("#summary", Static).update(said)

    def _cells(self, one: DeviceGroup) -> list[Text]:
        tone = self.dashboard.tone
        sets = self.seen.sets(one.name)
        return [
            Text(one.name, "bold"),
            Text(str(self.seen.members.get(one.name, 0)), justify="right"),
            Text(one.query, tone("busy")),
            Text(sets or "nothing", tone("text" if sets else "dim")),
            Text(one.about, tone("dim")),
        ]

    def _chosen(self) -> DeviceGroup | None:
        key = self.query_one(ListTable).key
        return next((one for one in self.seen.groups if one.name == key), None)

    def copied(self) -> str:
        one = self._chosen()
        return one.query if one else ""

    @on(DataTable.RowSelected)
    def _open(self, message: DataTable.RowSelected) -> None:
        message.stop()
        self.app.push_screen(GroupScreen(str(message.row_key.value)))

    def action_create(self) -> None:
        """Make one; of what the fleet is asked for, if it is."""
        self.dashboard.propose(group_actions.create(self.dashboard.view.query))

    def action_change(self) -> None:
        """Let it name others."""
        if (one := self._chosen()) is not None:
            self.dashboard.propose(group_actions.change(one, self.seen.sets(one.name)))

    def action_delete(self) -> None:
        """Forget it."""
        if (one := self._chosen()) is not None:
            self.dashboard.propose(group_actions.delete(one, self.seen.sets(one.name)))

    def action_fleet(self) -> None:
        """Its devices in the fleet's table."""
        if (one := self._chosen()) is not None:
            self.dashboard.action_go("fleet")
            self.dashboard.ask(one.query)

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return ["group", "devices", "query", "sets", "about"], [
            [g.name, self.seen.members.get(g.name, 0), g.query, self.seen.sets(g.name), g.about]
            for g in self.seen.groups
        ]
