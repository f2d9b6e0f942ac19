"""Rollouts: how far each is, and one of them as a board of its waves."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from lamplighter_client import rollout_endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Rollout, RolloutRehearsal, RolloutTarget
from lamplighter_client.documents.rollouts import CanaryFigure
from lamplighter_client.errors import RefusedError
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.actions.rollout_actions import step
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.widgets.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.rolling_out.canaries import canary_lines, rehearsal_lines
from lamplighter_dashboard.words.rolling_out.rollouts import (
    TARGETS,
    progress,
    state_words,
    wave_bars,
    wave_name,
)

# What compares many windows is read less often than what moves.
BESIDE_EVERY = 5
ABOUT_STEP = Binding("a", "step", "Approve, start, pause …", id="rollout-step")


class RolloutsScreen(PolledScreen[list[Rollout]]):
    """All rollouts, the newest first."""

    name_shown = "Rollouts"
    about = (
        "Models on their way to many devices, in waves with gates between them. Enter opens one;"
        " a does something with it: approve, start, pause, resume, retry, abort, roll back, end."
        " A rollout is drafted on the command line: lamplighter rollout create."
    )
    BINDINGS: ClassVar[list[BindingType]] = [ABOUT_STEP]

    def __init__(self) -> None:
        super().__init__()
        self._rollouts: list[Rollout] = []

    def body(self) -> Sequence[Widget]:
        titles = ("", "rollout", "target", "group", "devices", "now", "state", "by")
        return (Static(id="summary"), ListTable(titles, id="rollouts"))

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    async def read(self, client: AsyncClient) -> list[Rollout]:
        kept = await client.send(rollout_endpoints.rollouts())
        return kept[::-1]

    def show(self, read: list[Rollout]) -> None:
        self._rollouts = read
        self.query_one(ListTable).show([(one.name, self._cells(one)) for one in read])
        said = (
            figures.count(len(read), "rollout")
            if read
            else "No rollout yet: lamplighter rollout create"
        )
        self.query_one("#summary", Static).update(said)

    def _cells(self, one: Rollout) -> list[Text]:
        tone = self.dashboard.tone
        mark, word, shade = state_words(one)
        return [
            Text(mark, tone(shade)),
            Text(one.name, "bold"),
            Text(one.target),
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
            self.dashboard.propose(step(one))

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return ["name", "target", "group", "state", "devices", "reason"], [
            [r.name, r.target, r.group, r.state, progress(r), r.reason] for r in self._rollouts
        ]


@dataclass(frozen=True)
class Board:
    """A reading. `canaries`: beside the control group; `rehearsal`: beside what became of it."""

    rollout: Rollout = field(default_factory=Rollout)
    targets: list[RolloutTarget] = field(default_factory=list)
    canaries: list[CanaryFigure] = field(default_factory=list)
    rehearsal: RolloutRehearsal = field(default_factory=RolloutRehearsal)


class RolloutScreen(PolledScreen[Board]):
    """One rollout: its waves as bars, its devices with what became of each."""

    about = (
        "A bar for each wave; the canaries beside those that were told nothing yet, each change"
        " with the interval that holds its median with 95 %; what was rehearsed beside what became"
        " of it; then the devices, what is the matter first. Enter opens one."
    )
    BINDINGS: ClassVar[list[BindingType]] = [ABOUT_STEP]
    every_s = 2.0

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rollout_name = self.name_shown = name
        self._board = Board()
        self._reads = 0

    def body(self) -> Sequence[Widget]:
        bars = Static(id="waves", classes="panel")
        bars.border_title = "Waves"
        beside = Static(id="canaries", classes="panel")
        beside.border_title = "Canaries and rehearsal"
        return (
            Static("Reading …", id="line", classes="line"),
            VerticalScroll(bars, beside, id="board"),
            ListTable(("", "device", "wave", "site", "class", "before", "state"), id="targets"),
        )

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    async def read(self, client: AsyncClient) -> Board:
        name = self.rollout_name
        rollout = await client.send(rollout_endpoints.rollout(name))
        targets = await client.send(rollout_endpoints.rollout_devices(name))
        self._reads += 1
        if self._reads % BESIDE_EVERY != 1:
            return replace(self._board, rollout=rollout, targets=targets)
        try:
            return Board(
                rollout,
                targets,
                await client.send(rollout_endpoints.canary_figures(name)),
                await client.send(rollout_endpoints.rollout_rehearsal(name)),
            )
        except RefusedError:  # a token for a part of the fleet is told neither
            return Board(rollout, targets)

    def show(self, read: Board) -> None:
        rollout, targets = read.rollout, read.targets
        order = ["failed", "rolled_back", "watched", "ordered", "waiting", "succeeded", "skipped"]
        targets.sort(key=lambda t: (order.index(t.state) if t.state in order else 0, t.device))
        self._board = read
        self.say("#canaries", [*canary_lines(read.canaries), *rehearsal_lines(read.rehearsal)])
        sign, word, shade = state_words(rollout)
        tone = self.dashboard.tone
        line = Text(f"{sign} {word}", tone(shade))
        line.append(f"   {rollout.target} to {rollout.group}   {progress(rollout)} through")
        if rollout.reason:
            line.append(f"\n{rollout.reason}", tone(shade))
        self.query_one("#line", Static).update(line)
        bars = Text()
        for part, name in wave_bars(targets, rollout.wave):
            bars.append(part, tone(name))
        bars.rstrip()
        self.query_one("#waves", Static).update(bars)
        self.query_one(ListTable).show([(one.device, self._cells(one)) for one in targets])

    def _cells(self, one: RolloutTarget) -> list[Text]:
        tone = self.dashboard.tone
        mark, shade = TARGETS.get(one.state, ("?", "text"))
        state = one.state.replace("_", " ")
        return [
            Text(mark, tone(shade)),
            Text(one.device, "bold"),
            Text(wave_name(one.wave)),
            Text(one.site),
            Text(self._class_of(one), tone("dim")),
            Text(one.before, tone("dim")),
            Text(f"{state}: {one.reason}" if one.reason else state, tone(shade)),
        ]

    def _class_of(self, one: RolloutTarget) -> str:
        """By the processor's name, where the device is in the table."""
        row = self.dashboard.mirror.rows.get(one.device)
        return row.processor if row and row.processor else one.hardware

    @on(DataTable.RowSelected)
    def _open(self, message: DataTable.RowSelected) -> None:
        message.stop()
        self.dashboard.open_device(str(message.row_key.value))

    def action_step(self) -> None:
        """Ask what to do with it."""
        if self._board.rollout.name:
            self.dashboard.propose(step(self._board.rollout))
        else:
            self.notify("it has not been read yet", severity="warning")

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return ["device", "wave", "site", "state", "reason"], [
            [t.device, t.wave, t.site, t.state, t.reason] for t in self._board.targets
        ]
