"""One group: what it sets and whose word counts, who is in it, and what keeps the others out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lamplighter_client import endpoints, group_endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import (
    DeviceGroup,
    FleetRow,
    GroupPreview,
    PolicyScope,
    PolicyThreshold,
)
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.actions import group_actions
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.screens.modal.choose import ChooseScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.groups import (
    SETS,
    counts_before,
    in_force,
    said_by,
    scope_of,
    sets_line,
    shown,
    values_of,
)
from lamplighter_dashboard.words.named_variants import served, served_accuracy


@dataclass(frozen=True)
class OneGroup:
    """A reading. `thresholds`: all, as they hold for the group."""

    group: DeviceGroup
    preview: GroupPreview
    thresholds: list[PolicyThreshold]
    scopes: list[PolicyScope]

    @property
    def own(self) -> PolicyScope | None:
        """What it sets itself; None: nothing."""
        wanted = scope_of(self.group.name)
        return next((one for one in self.scopes if one.scope == wanted), None)


class GroupScreen(PolledScreen[OneGroup]):
    """Thresholds above, devices below."""

    about = (
        "What holds for a group, with whose word that is, and below it its devices. ● is in it,"
        " – is not, for the reason given. Of the controller's settings, the fleet, labels, groups"
        " by name and the device itself the last that says something counts. Enter on a line above"
        " sets it, on a device opens its page. Tab goes to the other table."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "set", "Set", id="group-set", tooltip="any threshold of the policy"),
        Binding("e", "change", "Change", id="group-change", tooltip="whom it names"),
        Binding("x", "delete", "Delete", id="group-delete"),
        Binding("f", "fleet", "In the fleet", id="group-fleet"),
        Binding("tab", "other", "Other table", id="group-other"),
    ]
    every_s = 10.0

    def __init__(self, name: str) -> None:
        super().__init__()
        self.group_name = self.name_shown = name
        self.seen: OneGroup | None = None

    def body(self) -> Sequence[Widget]:
        titles = ("sets", "about", "value", "by")
        cut = ("about", "value", "by")
        sets = ListTable(titles, id="sets", classes="panel", cut=cut, dropped=("about",))
        members = ListTable(
            ("", "device", "site", "serves", "accuracy", "why"),
            id="members",
            classes="panel",
            cut=("why",),
            dropped=("serves", "site"),
            spare=("accuracy",),
        )
        sets.border_title, members.border_title = "What holds for it", "Devices"
        return (Static("Reading …", id="line", classes="line"), sets, members)

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one("#sets").focus()

    async def read(self, client: AsyncClient) -> OneGroup:
        name = self.group_name
        return OneGroup(
            await client.send(group_endpoints.group(name)),
            await client.send(group_endpoints.group_devices(name)),
            await client.send(endpoints.policy(scope_of(name))),
            await client.send(endpoints.policy_scopes()),
        )

    def show(self, read: OneGroup) -> None:
        self.seen = read
        preview = read.preview
        whole = preview.matched + preview.not_matched
        words = [(read.group.query, "busy"), (f"   {preview.matched} of {whole} devices", "text")]
        words += [(f"   {read.group.about}", "dim")] if read.group.about else []
        words += [(f"\n▲ {remark}", "warning") for remark in preview.remarks]
        self.say("#line", words)
        self._show_sets(read)
        self._show_members(read)

    def _show_sets(self, read: OneGroup) -> None:
        rows = [(one.name, self._set_cells(one)) for one in shown(read.thresholds, read.group.name)]
        self.query_one("#sets", ListTable).show(rows)

    def _set_cells(self, one: PolicyThreshold) -> list[Text]:
        tone = self.dashboard.tone
        is_own = one.source == scope_of(self.group_name)
        return [
            Text(one.name, "bold" if is_own else tone("dim")),
            Text(SETS.get(one.name, ""), tone("dim")),
            Text(in_force(one), tone("text" if is_own else "dim")),
            Text(said_by(one.source, self.group_name), tone("accent" if is_own else "dim")),
        ]

    def _show_members(self, read: OneGroup) -> None:
        names = list(values_of(read.own)) if read.own else []
        rows = [(name, self._member_cells(name, read, names)) for name in read.preview.devices]
        rows += [
            (one.device, self._excluded_cells(one.device, "; ".join(one.reasons)))
            for one in read.preview.excluded
        ]
        table = self.query_one("#members", ListTable)
        table.show(rows)
        left = read.preview.matched + read.preview.not_matched - len(rows)
        table.border_subtitle = f"and {figures.count(left, 'device')} more" if left else ""

    def _row(self, name: str) -> FleetRow:
        return self.dashboard.mirror.rows.get(name) or FleetRow(id=name)

    def _member_cells(self, name: str, read: OneGroup, names: Sequence[str]) -> list[Text]:
        tone, row = self.dashboard.tone, self._row(name)
        other = counts_before(row, read.group.name, read.scopes, names)
        return [
            Text("●", tone("well")),
            Text(name, "bold"),
            Text(row.site),
            Text(served(row)),
            Text(served_accuracy(row), tone("dim")),
            Text(other, tone("warning")),
        ]

    def _excluded_cells(self, name: str, why: str) -> list[Text]:
        dim, row = self.dashboard.tone("dim"), self._row(name)
        cells = ("–", name, row.site, served(row), served_accuracy(row), why)
        return [Text(cell, dim) for cell in cells]

    def action_other(self) -> None:
        """To the other table."""
        other = "#sets" if self.query_one("#members").has_focus else "#members"
        self.query_one(other).focus()

    @on(DataTable.RowSelected, "#members")
    def _open(self, message: DataTable.RowSelected) -> None:
        message.stop()
        self.dashboard.open_device(str(message.row_key.value))

    @on(DataTable.RowSelected, "#sets")
    def _set_this(self, message: DataTable.RowSelected) -> None:
        message.stop()
        self._set(str(message.row_key.value))

    def action_set(self) -> None:
        """Choose what to set."""
        if self.seen is None:
            return
        first = shown(self.seen.thresholds, self.group_name)
        rest = [one for one in self.seen.thresholds if one not in first]
        choices = [(one.name, f"{one.name}: {in_force(one)}") for one in [*first, *rest]]
        screen = ChooseScreen("Set for its devices", choices, [])
        self.app.push_screen(screen, lambda keys: self._set(keys[0]) if keys else None)

    def _set(self, name: str) -> None:
        known = self.seen.thresholds if self.seen else ()
        one = next((threshold for threshold in known if threshold.name == name), None)
        if one is not None:
            rows = self.dashboard.mirror.rows.values()
            models = sorted({row.model for row in rows if row.model})
            self.dashboard.propose(group_actions.set_threshold(self.group_name, one, models))

    def action_change(self) -> None:
        """Let it name others."""
        if (read := self.seen) is not None:
            sets = sets_line(read.own)
            self.dashboard.propose(group_actions.change(read.group, sets))

    def action_delete(self) -> None:
        """Forget it."""
        if (read := self.seen) is not None:
            self.dashboard.propose(group_actions.delete(read.group, sets_line(read.own)))

    def action_fleet(self) -> None:
        """Its devices in the fleet's table."""
        if self.seen is not None:
            query = self.seen.group.query
            self.dashboard.action_go("fleet")
            self.dashboard.ask(query)

    def exported(self) -> tuple[list[str], list[list[object]]]:
        """The table that has the keys."""
        if self.seen is None:
            return ["device", "is_in", "why_not"], []
        if self.query_one("#sets").has_focus:
            return ["name", "value", "source"], [
                [one.name, one.value, one.source] for one in self.seen.thresholds
            ]
        preview = self.seen.preview
        rows: list[list[object]] = [[name, True, ""] for name in preview.devices]
        rows += [[one.device, False, "; ".join(one.reasons)] for one in preview.excluded]
        return ["device", "is_in", "why_not"], rows
