"""A table of devices of which only the lines on the screen are drawn, however many there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import lt
from typing import ClassVar

from lamplighter_client.documents import FleetRow
from lamplighter_client.streaming.fleet_sums import sums
from lamplighter_wire.words.accuracy import accuracy_words
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from lamplighter_dashboard.model.fleet_mirror import Group
from lamplighter_dashboard.widgets.fleet_columns import Cell, Column, chosen
from lamplighter_dashboard.widgets.fleet_summary import counts_of
from lamplighter_dashboard.widgets.fleet_widths import GAP, fitting, whole_widths, widened, widths
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.health import WELL

HEADER_LINES = 1
EMPTY_LINE = 2  # where it is said that there is nothing
TONES = ("text", "dim", "error", "warning", "well", "busy", "accent")
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class GroupLine:
    """Stands above the rows of a group."""

    key: str
    text: str


Line = FleetRow | GroupLine


class FleetTable(ScrollView, can_focus=True):
    """Shows rows in the order in which they are given; the cursor stays on its device."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table-up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table-down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table-page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table-page-down"),
        Binding("home,g", "end(-1)", "First", show=False, id="table-first"),
        Binding("end,G", "end(1)", "Last", show=False, id="table-last"),
        Binding("enter", "open", "Open", id="table-open"),
        Binding("space", "mark", "Mark", show=False, id="table-mark"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "fleet-table--header",
        "fleet-table--cursor",
        "fleet-table--group",
        *(f"fleet-table--{tone}" for tone in TONES),
    }

    class Opened(Message):
        """A device was chosen."""

        def __init__(self, device: str) -> None:
            super().__init__()
            self.device = device

    class Moved(Message):
        """The cursor stands on another line."""

    class Folded(Message):
        """A group was folded or unfolded."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as Textual has it
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._all: list[str] = []
        self._columns: list[Column] = []
        self._least: list[int] = []
        self._whole: list[int] = []
        self._widths: list[int] = []
        self._shown: list[int] = []
        self._sorted_by, self._now = "", 0.0
        self.folded: set[str] = set()
        self.marked: set[str] = set()
        self.cursor = 0
        self.is_stale = False
        self.empty_text = ""

    @property
    def hidden_columns(self) -> int:
        """Chosen ones that there is no room for."""
        return len(self._columns) - len(self._shown)

    @property
    def hides(self) -> bool:
        """Whether a part of any line is not seen."""
        return len(self._shown) < len(self._columns) or any(map(lt, self._widths, self._whole))

    @property
    def hidden_cells(self) -> list[tuple[str, str]]:
        """Titles and texts of what is not seen whole of the device under the cursor."""
        row = self._line(self.cursor)
        if not isinstance(row, FleetRow):
            return []
        cells = []
        for i, column in enumerate(self._columns):
            text, _ = column.text(row, self._now)
            if i not in self._shown or not self._is_whole(i, text, row):
                cells.append((column.title, text))
        return [(title, text) for title, text in cells if text != figures.NOTHING]

    def _is_whole(self, i: int, text: str, row: FleetRow) -> bool:
        return self._text(i, row)[0] == text and cell_len(text) <= self._widths[i]

    def _text(self, i: int, row: FleetRow) -> Cell:
        """What a column says in the room that it has."""
        is_wide = self._widths[i] >= self._whole[i]
        return self._columns[i].text(row, self._now, is_wide=is_wide)

    @property
    def device(self) -> str:
        """Under the cursor; empty: none."""
        line = self._line(self.cursor)
        return line.id if isinstance(line, FleetRow) else ""

    @property
    def chosen_devices(self) -> list[str]:
        """The marked ones, in folded groups too, else that under the cursor."""
        if self.marked:
            return [name for name in self._all if name in self.marked]
        return [self.device] if self.device else []

    @property
    def rows(self) -> list[FleetRow]:
        """All that are shown, folded ones left out."""
        return [line for line in self._lines if isinstance(line, FleetRow)]

    @property
    def chosen_columns(self) -> list[Column]:
        """Also those that there is no room for."""
        return self._columns

    def choose_columns(self, keys: Sequence[str], sorted_by: str) -> None:
        """Which columns, and by what the rows are sorted (for its sign in the header)."""
        self._columns, self._sorted_by = chosen(keys), sorted_by
        self._least, self._whole = [], []

    def forget_all_but(self, devices: Collection[str]) -> None:
        """Those that have left are marked no longer."""
        self.marked.intersection_update(devices)

    def show(self, groups: Sequence[Group], *, grouped: bool, now: float) -> None:
        """Show these rows. `now`: the controller's wall clock."""
        device, was = self.device, self.cursor
        self._now = now
        self._all = [row.id for group in groups for row in group.rows]
        self._lines = list(self._arranged(groups, grouped=grouped))
        self.cursor = self._index_of(device, was)
        self._measure()
        self.virtual_size = Size(self.size.width, len(self._lines) + HEADER_LINES)
        self.refresh()

    def _arranged(self, groups: Sequence[Group], *, grouped: bool) -> list[Line]:
        lines: list[Line] = []
        for group in groups:
            if grouped:
                lines.append(GroupLine(group.key, _group_text(group, group.key in self.folded)))
            if not (grouped and group.key in self.folded):
                lines += group.rows
        return lines

    def _index_of(self, device: str, was: int) -> int:
        if device:
            for index, line in enumerate(self._lines):
                if isinstance(line, FleetRow) and line.id == device:
                    return index
        return max(0, min(was, len(self._lines) - 1))

    def _measure(self) -> None:
        columns, rows, room = self._columns, self.seen_rows, self.scrollable_content_region.width
        self._least = _no_less(self._least, widths(columns, rows, self._now))
        self._whole = _no_less(self._whole, whole_widths(columns, rows, self._now))
        self._shown = fitting(columns, self._least, room)
        self._widths = widened(columns, self._shown, self._least, self._whole, room)

    @property
    def seen_rows(self) -> list[FleetRow]:
        """Rows on the screen, and a screenful after them."""
        top = self.scroll_offset.y
        lines = self._lines[top : top + 2 * max(1, self.size.height)]
        return [line for line in lines if isinstance(line, FleetRow)]

    def on_resize(self, _event: events.Resize) -> None:
        self._measure()
        self.virtual_size = Size(self.size.width, len(self._lines) + HEADER_LINES)
        self._follow()
        self.post_message(self.Moved())  # of hidden columns is told

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y < HEADER_LINES:
            return self._header(width)
        index = self.scroll_offset.y + y - HEADER_LINES
        line = self._line(index)
        if line is None:
            return self._blank(width, with_text=not self._lines and y == EMPTY_LINE)
        is_cursor = index == self.cursor
        if isinstance(line, GroupLine):
            name = "fleet-table--cursor" if is_cursor else "fleet-table--group"
            style = self.rich_style + self.get_component_rich_style(name)
            return Strip([Segment(line.text, style)]).adjust_cell_length(width, style)
        return self._row(line, width, is_cursor=is_cursor)

    def _blank(self, width: int, *, with_text: bool) -> Strip:
        if not with_text:
            return Strip.blank(width, self.rich_style)
        style = self.rich_style + self._tone("busy")
        return Strip([Segment(self.empty_text, style)]).adjust_cell_length(width, style)

    def _line(self, index: int) -> Line | None:
        return self._lines[index] if 0 <= index < len(self._lines) else None

    def _header(self, width: int) -> Strip:
        style = self.rich_style + self.get_component_rich_style("fleet-table--header")
        parts = []
        order = self._sorted_by.removeprefix("-")
        for i in self._shown:
            column, wide = self._columns[i], self._widths[i]
            sign = (
                ("▾" if self._sorted_by.startswith("-") else "▴") if column.order == order else ""
            )
            parts.append(_fitted(f"{column.title}{sign}", wide, right=column.right))
        return Strip([Segment((" " * GAP).join(parts), style)]).adjust_cell_length(width, style)

    def _row(self, row: FleetRow, width: int, *, is_cursor: bool) -> Strip:
        base, over = self.rich_style, self._over(row, is_cursor=is_cursor)
        segments = []
        for position, i in enumerate(self._shown):
            column = self._columns[i]
            text, tone = self._text(i, row)
            style = over or base + self._tone("dim" if self.is_stale else tone)
            gap = " " * GAP if position else ""
            segments.append(
                Segment(gap + _fitted(text, self._widths[i], right=column.right), style)
            )
        return Strip(segments).adjust_cell_length(width, over or base)

    def _over(self, row: FleetRow, *, is_cursor: bool) -> Style | None:
        """The style of a whole line; None: each cell has its own."""
        if is_cursor:
            style = self.rich_style + self.get_component_rich_style("fleet-table--cursor")
            return style + Style(italic=row.id in self.marked, bold=True)
        if row.id in self.marked:
            return self.rich_style + self._tone("accent") + Style(bold=True, reverse=True)
        return None

    def _tone(self, tone: str) -> Style:
        return self.get_component_rich_style(f"fleet-table--{tone}", partial=True)

    def action_move(self, lines: int) -> None:
        """The cursor up or down."""
        self._go(self.cursor + lines)

    def action_page(self, pages: int) -> None:
        """The cursor by a screenful."""
        self._go(self.cursor + pages * max(1, self.size.height - HEADER_LINES - 1))

    def action_end(self, direction: int) -> None:
        """The cursor to the first or last line."""
        self._go(0 if direction < 0 else len(self._lines) - 1)

    def action_open(self) -> None:
        """Open a device, or fold a group."""
        line = self._line(self.cursor)
        if isinstance(line, FleetRow):
            self.post_message(self.Opened(line.id))
        elif line is not None:
            self.folded ^= {line.key}
            self.post_message(self.Folded())

    def action_mark(self) -> None:
        """Mark a device for what is done to several, and go on to the next."""
        if self.device:
            self.marked ^= {self.device}
            self.action_move(1)
            self.refresh()

    def _go(self, index: int) -> None:
        before, self.cursor = self.cursor, max(0, min(index, len(self._lines) - 1))
        self._follow()
        self.refresh()
        if before != self.cursor:
            self.post_message(self.Moved())

    def _follow(self) -> None:
        """The line of the cursor stays on the screen."""
        top, room = self.scroll_offset.y, max(1, self.size.height - HEADER_LINES)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + room:
            self.scroll_to(y=self.cursor - room + 1, animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        if event.y < HEADER_LINES:
            self._sort_by_column_at(event.x)
            return
        index = self.scroll_offset.y + event.y - HEADER_LINES
        if index == self.cursor or event.chain > 1:
            self.action_open()
        elif self._line(index) is not None:
            self._go(index)

    class SortAsked(Message):
        """The header of a column was clicked."""

        def __init__(self, order: str) -> None:
            super().__init__()
            self.order = order

    def _sort_by_column_at(self, x: int) -> None:
        at = 0
        for i in self._shown:
            at += self._widths[i] + GAP
            if x < at:
                if order := self._columns[i].order:
                    self.post_message(self.SortAsked(order))
                return


def _no_less(before: Sequence[int], now: Sequence[int]) -> list[int]:
    """A column never shrinks under the eye."""
    if len(before) != len(now):
        return list(now)
    return [max(pair) for pair in zip(before, now, strict=True)]


def _group_text(group: Group, folded: bool) -> str:
    found = sums(group.rows)
    parts = [figures.count(found.devices, "device")]
    parts += [f"{word.sign} {n}" for word, n in counts_of(found) if n and word is not WELL]
    parts.append(f"{found.fps_served:.0f}/{found.fps_demand:.0f} fps")
    if found.ap50:
        parts.append(accuracy_words(found.ap50, measured_on=found.measured_on))
    return f"{'▸' if folded else '▾'} {group.key or 'none'}   {'   '.join(parts)}"


def _fitted(text: str, width: int, *, right: bool) -> str:
    """In so many cells of the terminal: some letters take two."""
    taken = cell_len(text)
    if taken > width:
        return set_cell_size(text, width - 1) + ELLIPSIS if width else ""
    blank = " " * (width - taken)
    return blank + text if right else text + blank
