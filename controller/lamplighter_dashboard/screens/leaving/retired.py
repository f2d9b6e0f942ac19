"""Devices that are out of the fleet: since when, why, and the way back."""

import time
from collections.abc import Sequence
from typing import ClassVar

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Device
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.actions.leaving_actions import restore
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.on_device.standing import kept_out, left_how

TITLES = ("device", "site", "retired", "how", "kept out")


class RetiredScreen(PolledScreen[list[Device]]):
    """A line for each, those that left last first."""

    name_shown = "Retired"
    about = (
        "Devices that were retired or revoked: they are neither heard nor told anything, and have"
        " no line in the fleet. ctrl+r brings one back, with its history, as long as its name was"
        " not released for another. One that was revoked enrols again under another name. Enter"
        " opens its page."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "restore", "Restore", id="device-restore", tooltip="back into the fleet"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.devices: list[Device] = []

    def body(self) -> Sequence[Widget]:
        table = ListTable(TITLES, id="retired", cut=("how", "kept out"), dropped=("site",))
        return (Static("Reading …", id="summary"), table)

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    async def read(self, client: AsyncClient) -> list[Device]:
        found = await client.send(endpoints.devices(retired_only=True))
        return sorted(found, key=lambda one: -(one.retired_at or 0.0))

    def show(self, read: list[Device]) -> None:
        self.devices, now = read, self.dashboard.mirror.controller_time(time.time())
        self.query_one(ListTable).show([(one.id, self._cells(one, now)) for one in read])
        said = figures.count(len(read), "retired device") if read else "No device is retired."
        self.query_one("#summary", Static).update(said)

    def _cells(self, one: Device, now: float) -> list[Text]:
        how, shade = left_how(one, now)
        since = figures.age(max(0.0, now - (one.retired_at or now)))
        tone = self.dashboard.tone
        return [
            Text(one.id, "bold"),
            Text(one.site),
            Text(f"{since} ago", tone("dim")),
            Text(how, tone(shade)),
            Text(kept_out(one), tone("dim")),
        ]

    @property
    def _chosen(self) -> Device | None:
        key = self.query_one(ListTable).key
        return next((one for one in self.devices if one.id == key), None)

    @on(DataTable.RowSelected)
    def _open(self, message: DataTable.RowSelected) -> None:
        message.stop()
        self.dashboard.open_device(str(message.row_key.value))

    def action_restore(self) -> None:
        """Back into the fleet."""
        if (one := self._chosen) is None:
            self.notify("no device is chosen", severity="warning")
        else:
            self.dashboard.propose(restore(one))

    def copied(self) -> str:
        return self._chosen.id if self._chosen else ""

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return ["id", "site", "retired_at", "revoked", "released_at", "shut_out"], [
            [one.id, one.site, one.retired_at, one.revoked, one.released_at, one.shut_out]
            for one in self.devices
        ]
