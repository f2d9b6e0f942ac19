"""A rollout's devices as signs in a grid, with a cursor that says who stands there."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from lamplighter_client.documents import RolloutTarget
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from lamplighter_dashboard.words.rolling_out.rollouts import TARGETS
from lamplighter_dashboard.words.rolling_out.state_map import (
    Cell,
    StateMap,
    cell_text,
    legend,
    state_map,
)

NAME_CELLS = 10
BELOW_ROWS = 2
LEAST_COLUMNS, LEAST_ROWS = 10, 3


class StateMapView(Static, can_focus=True):
    """One sign for each device, or for several; the one that is the matter first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1, 0)", "Left", show=False),
        Binding("right,l", "move(1, 0)", "Right", show=False),
        Binding("up,k", "move(0, -1)", "Up", show=False),
        Binding("down,j", "move(0, 1)", "Down", show=False),
        Binding("enter", "open", "Open", show=False),
    ]

    class Opened(Message):
        """A device was chosen: that which its cell shows."""

        def __init__(self, device: str) -> None:
            super().__init__()
            self.device = device

    def __init__(self, *, id: str, classes: str = "") -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._targets: Sequence[RolloutTarget] = ()
        self._tones: Mapping[str, str] = {}
        self._map = StateMap()
        self._at = (0, 0)  # column and row

    def show(self, targets: Sequence[RolloutTarget], tones: Mapping[str, str]) -> None:
        """Draw them. `tones`: tone -> colour."""
        self._targets, self._tones = targets, tones
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def on_focus(self) -> None:
        self._draw()

    def on_blur(self) -> None:
        self._draw()

    def _lay_out(self) -> None:
        columns = max(LEAST_COLUMNS, self.content_size.width - NAME_CELLS)
        rows = max(LEAST_ROWS, self.content_size.height - BELOW_ROWS)
        self._map = state_map(self._targets, columns, rows)
        self._move_to(*self._at)

    def _move_to(self, column: int, row: int) -> None:
        """There, or as near as there is a cell."""
        row = max(0, min(row, len(self._map.lines) - 1))
        cells = self._map.lines[row].cells if self._map.lines else ()
        self._at = max(0, min(column, len(cells) - 1)), row
        self._draw()

    @property
    def cell(self) -> Cell | None:
        """That under the cursor."""
        column, row = self._at
        return self._map.lines[row].cells[column] if self._map.lines else None

    def _draw(self) -> None:
        if not self._tones:
            return
        self.border_title = Text(_title(self._map.per_cell))
        self.update(map_text(self._map, self._targets, self._tones, self._marked()))

    def _marked(self) -> tuple[int, int] | None:
        return self._at if self.has_focus else None

    def action_move(self, across: int, down: int) -> None:
        """To a cell beside."""
        column, row = self._at
        self._move_to(column + across, row + down)

    def action_open(self) -> None:
        """The device that the cell shows."""
        if self.cell is not None:
            self.post_message(self.Opened(self.cell.worst.device))

    def on_click(self, event: events.Click) -> None:
        """The first click says who it is, the second opens it."""
        place = event.get_content_offset(self)
        if place is None:
            return
        before = self._at
        self._move_to(place.x - NAME_CELLS, place.y)
        if self._at == before and event.chain > 1:
            self.action_open()


def _title(per_cell: int) -> str:
    if per_cell == 1:
        return "Map: a sign for each device"
    return f"Map: a sign for {per_cell} devices, what is the matter first"


def map_text(
    shown: StateMap,
    targets: Sequence[RolloutTarget],
    tones: Mapping[str, str],
    cursor: tuple[int, int] | None,
) -> Text:
    """The lines, the signs' names, and who is under the cursor."""
    text = Text(no_wrap=True, overflow="ellipsis")
    told = ""
    for row, line in enumerate(shown.lines):
        text.append(f"{line.name:{NAME_CELLS}}", tones["dim"])
        for column, cell in enumerate(line.cells):
            sign, tone = TARGETS.get(cell.state, ("?", "text"))
            is_here = cursor == (column, row)
            text.append(sign, f"{tones[tone]} reverse" if is_here else tones[tone])
            told = cell_text(cell) if is_here else told
        text.append("\n")
    for words, tone in legend(targets):
        text.append(words, tones[tone])
    text.append(f"\n{told}", tones["accent"])
    return text
