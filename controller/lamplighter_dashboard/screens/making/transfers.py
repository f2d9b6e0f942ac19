"""What is being built and what travels to devices, and what did not have to."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Job
from lamplighter_client.documents.making.transfers import TransferEntry, TransferSums
from lamplighter_client.making.endpoints import transfer_sums, transfers
from lamplighter_client.making.transfer_words import phase_text, sums_text
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.actions.making_actions import call_off, cancel
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words.events import when
from lamplighter_dashboard.words.making.transfers import (
    job_kind,
    job_state,
    received_text,
    spared_text,
    transfer_tone,
)
from lamplighter_dashboard.words.named_variants import by_size

JOBS, TRANSFERS, SUMS_EVERY = 50, 200, 5


@dataclass(frozen=True)
class OnTheWay:
    """A reading: what is under way comes first."""

    jobs: Sequence[Job]
    transfers: Sequence[TransferEntry]
    sums: TransferSums


class TransfersScreen(PolledScreen[OnTheWay]):
    """Sums above, the workshop's work, and orders with what they cost on the wire."""

    name_shown = "Transfers"
    about = (
        "What the workshop builds and what travels to devices, what is under way first. Bytes are"
        " compressed ones; what is spared was on the device already or came as a delta. A chunk is"
        " published once for all that want it. Tab goes to the other table; c ends a build, or"
        " calls off what is under way to a device, which serves on. Enter opens the device."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "cancel", "End it", id="transfers-cancel"),
        Binding("tab", "other", "Other table", id="transfers-other"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.seen = OnTheWay([], [], TransferSums())
        self._reads = 0

    def body(self) -> Sequence[Widget]:
        built = ("when", "what", "of", "state", "stage or reason")
        last = ("stage or reason",)
        jobs = ListTable(built, id="work", classes="panel", cut=last, dropped=("what", "when"))
        titles = ("when", "device", "variant", "accuracy", "state", "received", "spared")
        cut, dropped = ("variant", "state", "received"), ("spared", "when")
        moved = ListTable(
            titles,
            id="transfers",
            classes="panel",
            cut=cut,
            dropped=dropped,
            spare=("accuracy",),
        )
        jobs.border_title, moved.border_title = "The workshop", "To devices"
        return (Static("Reading …", id="line", classes="line"), jobs, moved)

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one("#transfers").focus()

    async def read(self, client: AsyncClient) -> OnTheWay:
        await self.dashboard.catalogue.refresh(client)
        jobs = await client.send(endpoints.jobs(JOBS))
        entries = await client.send(transfers(TRANSFERS))
        is_due = self._reads % SUMS_EVERY == 0
        sums = await client.send(transfer_sums()) if is_due else self.seen.sums
        self._reads += 1
        return OnTheWay(
            sorted(jobs, key=lambda job: not job.is_running),
            sorted(entries, key=lambda one: bool(one.outcome)),
            sums,
        )

    def show(self, read: OnTheWay) -> None:
        self.seen, now = read, time.time()
        self.query_one("#line", Static).update(Text("\n".join(sums_text(read.sums))))
        work, moved = self.query_one("#work", ListTable), self.query_one("#transfers", ListTable)
        work.show([(job.id, self._job_cells(job, now)) for job in read.jobs])
        work.border_subtitle = "" if read.jobs else "nothing was built yet"
        moved.show([(_key(one), self._cells(one, now)) for one in read.transfers])
        moved.border_subtitle = "" if read.transfers else "nothing was ordered yet"

    def _job_cells(self, job: Job, now: float) -> list[Text]:
        tone = self.dashboard.tone
        told, shade = job_state(job)
        return [
            Text(when(job.created_at, now), tone("dim")),
            Text(job_kind(job)),
            Text(job.subject),
            Text(told, tone(shade)),
            Text(job.error or job.stage, tone("dim")),
        ]

    def _cells(self, one: TransferEntry, now: float) -> list[Text]:
        tone = self.dashboard.tone
        return [
            Text(when(one.at, now), tone("dim")),
            Text(one.device, "bold"),
            Text(one.variant),
            Text(by_size(self.dashboard.catalogue.variants.get(one.variant)), tone("dim")),
            Text(phase_text(one), tone(transfer_tone(one))),
            Text(received_text(one)),
            Text(spared_text(one), tone("well")),
        ]

    @property
    def _focused(self) -> ListTable:
        on_jobs = self.query_one("#work").has_focus
        return self.query_one("#work" if on_jobs else "#transfers", ListTable)

    def action_other(self) -> None:
        """To the other table."""
        other = "#transfers" if self._focused.id == "work" else "#work"
        self.query_one(other).focus()

    def action_cancel(self) -> None:
        """End what is under the cursor."""
        key, on_jobs = self._focused.key, self._focused.id == "work"
        job = next((job for job in self.seen.jobs if on_jobs and job.id == key), None)
        entry = next((t for t in self.seen.transfers if not on_jobs and _key(t) == key), None)
        if job is not None:
            self.dashboard.propose(cancel(job))
        elif entry is not None:
            self.dashboard.propose(call_off(entry))

    @on(DataTable.RowSelected, "#transfers")
    def _open(self, message: DataTable.RowSelected) -> None:
        message.stop()
        self.dashboard.open_device(str(message.row_key.value).partition(" ")[0])

    def exported(self) -> tuple[list[str], list[list[object]]]:
        """The table that has the keys."""
        if self._focused.id == "work":
            return ["created_at", "kind", "subject", "state", "progress", "stage", "error"], [
                [j.created_at, j.kind, j.subject, j.state, j.progress, j.stage, j.error]
                for j in self.seen.jobs
            ]
        titles = ["at", "device", "revision", "variant", "state", "size_bytes", "received_bytes"]
        return titles, [
            [t.at, t.device, t.revision, t.variant, phase_text(t), t.size_bytes, t.received_bytes]
            for t in self.seen.transfers
        ]


def _key(entry: TransferEntry) -> str:
    return f"{entry.device} {entry.revision}"
