"""All rollouts: what each brings to whom, and how far it is."""

from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from lamplighter_client import endpoints, group_endpoints, rollout_endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Rollout, RolloutRehearsal
from lamplighter_client.errors import ClientError
from lamplighter_client.wording import error_text
from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.actions.rolling_out.drafting import BRINGS, Known, draft_rollout
from lamplighter_dashboard.actions.rolling_out.rollout_actions import step
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.screens.modal.choose import ChooseScreen
from lamplighter_dashboard.screens.rolling_out.board import ABOUT_STEP, RolloutScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.named_variants import by_size
from lamplighter_dashboard.words.rolling_out.rollouts import (
    NOT_BEGUN,
    progress,
    state_words,
    wave_name,
)


class RolloutsScreen(PolledScreen[list[Rollout]]):
    """All rollouts, the newest first."""

    name_shown = "Rollouts"
    about = (
        "Models, settings or agents on their way to many devices, in waves with gates between them."
        " n drafts one, which does nothing yet; Enter opens one; a does something with it: approve,"
        " start, pause, resume, retry, abort, roll back, end. Streets, of which each device has its"
        " own, are drafted on the command line: lamplighter rollout create --streets."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "create", "New rollout", id="rollouts-new", tooltip="a draft, with a preview"),
        ABOUT_STEP,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rollouts: list[Rollout] = []

    def body(self) -> Sequence[Widget]:
        table = ListTable(
            ("", "rollout", "target", "accuracy", "group", "devices", "now", "state", "by"),
            id="rollouts",
            cut=("target", "state"),
            dropped=("by", "now"),
            spare=("accuracy",),
        )
        return (Static(id="summary"), table)

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    async def read(self, client: AsyncClient) -> list[Rollout]:
        await self.dashboard.catalogue.refresh(client)
        kept = await client.send(rollout_endpoints.rollouts())
        return kept[::-1]

    def show(self, read: list[Rollout]) -> None:
        self._rollouts = read
        self.query_one(ListTable).show([(one.name, self._cells(one)) for one in read])
        said = figures.count(len(read), "rollout") if read else "No rollout yet; n drafts one."
        self.query_one("#summary", Static).update(said)

    def _cells(self, one: Rollout) -> list[Text]:
        tone = self.dashboard.tone
        mark, word, shade = state_words(one)
        return [
            Text(mark, tone(shade)),
            Text(one.name, "bold"),
            Text(one.target),
            Text(by_size(self.dashboard.catalogue.variants.get(one.target)), tone("dim")),
            Text(one.group),
            Text(progress(one)),
            Text(wave_name(one.wave) if one.state == "running" else ""),
            Text(f"{word}: {one.reason}" if one.reason else word, tone(shade)),
            Text(one.approved_by or one.by, tone("dim")),
        ]

    def _chosen(self) -> Rollout | None:
        key = self.query_one(ListTable).key
        return next((one for one in self._rollouts if one.name == key), None)

    @on(DataTable.RowSelected)
    def _open(self, message: DataTable.RowSelected) -> None:
        message.stop()
        if (one := self._chosen()) is not None:
            self.app.push_screen(RolloutScreen(one.name))

    def action_step(self) -> None:
        """Ask what to do with it."""
        if (one := self._chosen()) is not None:
            self._step(one)

    @work(exclusive=True, group="acting")
    async def _step(self, one: Rollout) -> None:
        rehearsal: RolloutRehearsal | None = None
        if one.state in NOT_BEGUN:
            # A token for a part of the fleet is told none.
            with suppress(ClientError):
                request = rollout_endpoints.rollout_rehearsal(one.name)
                rehearsal = await self.dashboard.client.send(request)
        self.dashboard.propose(step(one, rehearsal))

    def action_create(self) -> None:
        """Ask what it shall bring, then for the rest."""
        if self.dashboard.read_only:
            self.notify("this dashboard is read-only: nothing is changed from here")
            return
        shown = ChooseScreen("What shall be rolled out?", list(BRINGS.items()), [])
        self.app.push_screen(shown, self._brings)

    def _brings(self, chosen: list[str] | None) -> None:
        if chosen:
            self._draft(chosen[0])

    @work(exclusive=True, group="acting")
    async def _draft(self, brings: str) -> None:
        """With the names that there are, which complete what is written."""
        send = self.dashboard.client.send
        try:
            groups = await send(group_endpoints.groups())
            variants = await send(endpoints.variants())
            models = await send(endpoints.models())
        except ClientError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        known = Known(
            groups=[one.name for one in groups],
            targets=[*(one.id for one in models), *(one.id for one in variants)],
            rollouts=[one.name for one in self._rollouts],
        )
        self.dashboard.propose(draft_rollout(brings, known, self.dashboard.view.query))

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return ["name", "target", "group", "state", "devices", "reason"], [
            [r.name, r.target, r.group, r.state, progress(r), r.reason] for r in self._rollouts
        ]
