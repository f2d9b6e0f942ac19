"""The board of one rollout: waves, canaries, rehearsal, and its devices as a list and as a map."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from lamplighter_client import rollout_endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import (
    Rollout,
    RolloutPreview,
    RolloutRehearsal,
    RolloutTarget,
)
from lamplighter_client.documents.rollouts import CanaryFigure
from lamplighter_client.errors import ClientError, RefusedError
from lamplighter_client.wording import error_text
from rich.text import Text
from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.actions.rolling_out.rollout_actions import step
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.widgets.state_map import StateMapView
from lamplighter_dashboard.words.named_variants import by_size
from lamplighter_dashboard.words.rolling_out.canaries import canary_lines, rehearsal_lines
from lamplighter_dashboard.words.rolling_out.previews import as_targets, waves_text
from lamplighter_dashboard.words.rolling_out.rollouts import (
    NOT_BEGUN,
    TARGETS,
    progress,
    state_words,
    wave_bars,
)
from lamplighter_dashboard.words.rolling_out.state_map import fitting, place_name, rank, state_name

# What compares many windows, and a large fleet that stands still, is read less often.
BESIDE_EVERY = 5
MOST_LINES = 500
BROAD_CELLS = 170
TITLES = ("", "device", "wave", "site", "class", "before", "accuracy before", "state")
ABOUT_STEP = Binding(
    "a",
    "step",
    "Next step",
    id="rollout-step",
    tooltip="approve, start, pause, resume, retry, abort, roll back, end",
)


@dataclass(frozen=True)
class Board:
    """A reading. `canaries`: beside the control group; `rehearsal`: beside what became of it;
    `preview`: of one that has not begun, whose devices are those that would come in."""

    rollout: Rollout = field(default_factory=Rollout)
    targets: Sequence[RolloutTarget] = ()
    canaries: Sequence[CanaryFigure] = ()
    rehearsal: RolloutRehearsal = field(default_factory=RolloutRehearsal)
    preview: RolloutPreview | None = None

    def stands_as(self, rollout: Rollout) -> bool:
        """Whether no device has moved since."""
        return (self.rollout.state, self.rollout.counts) == (rollout.state, rollout.counts)


class RolloutScreen(PolledScreen[Board]):
    """One rollout: its waves as bars, its devices with what became of each."""

    about = (
        "A bar for each wave; the canaries beside those that were told nothing yet, each change"
        " with the interval that holds its median with 95 %; what was rehearsed beside what became"
        " of it; then the devices, what is the matter first. m shows them as a map, a sign for each"
        " or, of a large fleet, for several. Enter opens a device, / narrows the list. Before it"
        " starts, its board shows who would come in; r rehearses it."
    )
    searches_for = "part of a device's name, site, wave or state; empty: all"
    BINDINGS: ClassVar[list[BindingType]] = [
        ABOUT_STEP,
        Binding("m", "map", "Map", id="rollout-map", tooltip="of all devices, or the list"),
        Binding("r", "rehearse", "Rehearse", id="rollout-rehearse", tooltip="before it starts"),
    ]
    every_s = 2.0

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rollout_name = self.name_shown = name
        self._board = Board()
        self._reads, self._narrowed = 0, ""

    def body(self) -> Sequence[Widget]:
        bars = Static(id="waves", classes="panel")
        bars.border_title = "Waves"
        beside = Static(id="canaries", classes="panel")
        beside.border_title = "Canaries and rehearsal"
        return (
            Static("Reading …", id="line", classes="line"),
            VerticalScroll(bars, beside, id="board"),
            Horizontal(
                StateMapView(id="map", classes="panel"),
                ListTable(
                    TITLES,
                    id="targets",
                    cut=("before", "state"),
                    dropped=("class", "before", "site"),
                    spare=("accuracy before",),
                ),
                id="devices",
            ),
        )

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def on_resize(self, event: events.Resize) -> None:
        """Where there is room, map and list stand beside each other."""
        self.set_class(event.size.width >= BROAD_CELLS, "-broad")

    def focus_main(self) -> None:
        self.query_one("#map" if self.has_class("-map") else "#targets").focus()

    async def read(self, client: AsyncClient) -> Board:
        await self.dashboard.catalogue.refresh(client)
        rollout = await client.send(rollout_endpoints.rollout(self.rollout_name))
        is_due = self._reads % BESIDE_EVERY == 0 or self._board.rollout.name != rollout.name
        self._reads += 1
        board = self._board
        if is_due or not board.stands_as(rollout):
            board = await self._with_devices(client, board, rollout)
        board = replace(board, rollout=rollout)
        return await self._with_beside(client, board) if is_due else board

    async def _with_devices(self, client: AsyncClient, board: Board, rollout: Rollout) -> Board:
        if rollout.state not in NOT_BEGUN:
            found = await client.send(rollout_endpoints.rollout_devices(rollout.name))
            return replace(board, targets=_sorted(found), preview=None)
        try:
            preview = await client.send(rollout_endpoints.preview_rollout(rollout.name))
        except RefusedError:  # its group is gone, or not this token's
            return replace(board, targets=(), preview=None)
        return replace(board, targets=_sorted(as_targets(preview)), preview=preview)

    async def _with_beside(self, client: AsyncClient, board: Board) -> Board:
        name = board.rollout.name
        try:
            canaries = await client.send(rollout_endpoints.canary_figures(name))
            rehearsal = await client.send(rollout_endpoints.rollout_rehearsal(name))
            return replace(board, canaries=canaries, rehearsal=rehearsal)
        except RefusedError:  # a token for a part of the fleet is told neither
            return replace(board, canaries=(), rehearsal=RolloutRehearsal())

    def show(self, read: Board) -> None:
        had = self._board.targets
        self._board = read
        self.say("#canaries", [*canary_lines(read.canaries), *rehearsal_lines(read.rehearsal)])
        self._show_line(read.rollout)
        waves = (
            [(f"It would come to {waves_text(read.preview.waves)}.", "busy")]
            if (read.preview is not None)
            else wave_bars(read.targets, read.rollout.wave)
        )
        self.say("#waves", waves)
        self.query_one(StateMapView).show(read.targets, self.dashboard.tones())
        if had is not read.targets:
            self._show_list()

    def _show_line(self, rollout: Rollout) -> None:
        sign, word, shade = state_words(rollout)
        tone = self.dashboard.tone
        line = Text(f"{sign} {word}", tone(shade))
        line.append(f"   {rollout.target} to {rollout.group}   {progress(rollout)} through")
        if told := self._accuracy(rollout.target):
            line.append(f"\n{rollout.target}: {told}", tone("dim"))
        if self._narrowed:
            line.append(f"   only “{self._narrowed}”; / and nothing: all", tone("busy"))
        if rollout.reason:
            line.append(f"\n{rollout.reason}", tone(shade))
        self.query_one("#line", Static).update(line)

    def _show_list(self) -> None:
        """The first ones: nobody reads thousands of lines, which the map has."""
        chosen = fitting(self._board.targets, self._narrowed)
        rows = [(one.device, self._cells(one)) for one in chosen[:MOST_LINES]]
        if (left := len(chosen) - MOST_LINES) > 0:
            more = Text(f"and {left} more: / narrows, m shows all", self.dashboard.tone("dim"))
            rows.append(("", [Text(""), more, *([Text("")] * (len(TITLES) - 2))]))
        self.query_one(ListTable).show(rows)

    def _cells(self, one: RolloutTarget) -> list[Text]:
        tone = self.dashboard.tone
        mark, shade = TARGETS.get(one.state, ("?", "text"))
        state = state_name(one.state)
        return [
            Text(mark, tone(shade)),
            Text(one.device, "bold"),
            Text(place_name(one)),
            Text(one.site),
            Text(self._class_of(one), tone("dim")),
            Text(one.before, tone("dim")),
            Text(self._accuracy(one.before), tone("dim")),
            Text(f"{state}: {one.reason}" if one.reason else state, tone(shade)),
        ]

    def _accuracy(self, variant: str) -> str:
        return by_size(self.dashboard.catalogue.variants.get(variant))

    def _class_of(self, one: RolloutTarget) -> str:
        """By the processor's name, where the device is in the table."""
        row = self.dashboard.mirror.rows.get(one.device)
        return row.processor if row and row.processor else one.hardware

    @on(DataTable.RowSelected)
    def _open(self, message: DataTable.RowSelected) -> None:
        message.stop()
        if device := str(message.row_key.value):
            self.dashboard.open_device(device)

    @on(StateMapView.Opened)
    def _open_cell(self, message: StateMapView.Opened) -> None:
        message.stop()
        self.dashboard.open_device(message.device)

    @property
    def searched(self) -> str:
        return self._narrowed

    def search(self, text: str) -> None:
        self._narrowed = text.strip()
        self._show_line(self._board.rollout)
        self._show_list()

    def action_map(self) -> None:
        """The map, or the list again."""
        self.toggle_class("-map")
        self.focus_main()

    def action_step(self) -> None:
        """Ask what to do with it."""
        if self._board.rollout.name:
            self.dashboard.propose(step(self._board.rollout, self._board.rehearsal))
        else:
            self.notify("it has not been read yet", severity="warning")

    def action_rehearse(self) -> None:
        """Let the controller run it against a model of its devices."""
        if self.dashboard.read_only:
            self.notify("this dashboard is read-only: a rehearsal is kept with the rollout")
        elif self._board.rollout.state in NOT_BEGUN:
            self._rehearse()
        else:
            self.notify("it has begun; what is expected now is no prediction", severity="warning")

    @work(exclusive=True, group="acting")
    async def _rehearse(self) -> None:
        self.notify("it is being rehearsed …", timeout=2)
        try:
            request = rollout_endpoints.rehearse_rollout(self.rollout_name)
            found = await self.dashboard.client.send(request)
        except ClientError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        self.show(replace(self._board, rehearsal=found))

    def exported(self) -> tuple[list[str], list[list[object]]]:
        """Those that the list is narrowed to."""
        return ["device", "wave", "site", "hardware", "before", "state", "reason"], [
            [t.device, t.wave, t.site, t.hardware, t.before, t.state, t.reason]
            for t in fitting(self._board.targets, self._narrowed)
        ]


def _sorted(targets: Sequence[RolloutTarget]) -> list[RolloutTarget]:
    return sorted(targets, key=lambda one: (rank(one.state), one.device))
