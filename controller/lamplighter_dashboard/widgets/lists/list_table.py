"""A table of some hundred lines at most, drawn anew; the cursor stays on its line."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from lamplighter_dashboard.widgets.lists.column_fitting import fitted

Rows = Sequence[tuple[str, Sequence[Text]]]
"""Keys, each once, and the cells of a line."""


class ListTable(DataTable[Text]):
    """Columns are as wide as their widest cell; where there is no room for that, some are left out
    and others cut. `hidden_cells` has what is not seen of the line under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home,g", "scroll_top", "First", show=False, id="table-first"),
        Binding("end,G", "scroll_bottom", "Last", show=False, id="table-last"),
    ]

    class Looked(Message):
        """Another line is under the cursor, or another part of it is seen."""

        def __init__(self, table: "ListTable") -> None:
            super().__init__()
            self.table = table

    def __init__(
        self,
        titles: Sequence[str],
        *,
        id: str,  # noqa: A002 - as Textual has it
        classes: str = "",
        cut: Sequence[str] = (),
        dropped: Sequence[str] = (),
        spare: Sequence[str] = (),
        is_live: bool = False,
    ) -> None:
        """Titles of columns. `cut`: they may be cut; `spare`: they are left out before anything is
        cut; `dropped`: they are left out where cutting is not enough. The first one goes first.
        `is_live`: at its top the cursor stands on whichever line is the newest."""
        super().__init__(id=id, classes=classes, cursor_type="row")
        self._is_live = is_live
        self._titles, self._cut, self._dropped, self._spare = titles, cut, dropped, spare
        self._rows: Rows = ()
        self._wide: list[int] = []
        self._shown: list[int] = []

    def entitle(
        self, titles: Sequence[str], cut: Sequence[str] = (), dropped: Sequence[str] = ()
    ) -> None:
        """Other columns; without lines until they are shown."""
        if tuple(titles) != tuple(self._titles):
            self._titles, self._cut, self._dropped = titles, cut, dropped
            self._rows, self._wide, self._shown = (), [], []
            self.clear(columns=True)

    @property
    def key(self) -> str:
        """Of the line under the cursor; empty: there is none."""
        line = self._line
        return line[0] if line else ""

    @property
    def line_text(self) -> str:
        """All cells of the line under the cursor, seen or not."""
        line = self._line
        return "  ".join(filter(None, (cell.plain.strip() for cell in line[1]))) if line else ""

    @property
    def hides(self) -> bool:
        """Whether a part of any line is not seen."""
        return self._wide != self._shown

    @property
    def hidden_cells(self) -> list[tuple[str, str]]:
        """Titles and texts of what is not seen whole of the line under the cursor."""
        if (line := self._line) is None:
            return []
        shown = zip(self._titles, line[1], self._shown, strict=True)
        return [(title, cell.plain) for title, cell, wide in shown if cell.cell_len > wide]

    @property
    def _line(self) -> tuple[str, Sequence[Text]] | None:
        is_there = 0 <= self.cursor_row < len(self._rows)
        return self._rows[self.cursor_row] if is_there else None

    def show(self, rows: Rows) -> None:
        """Show these lines. What was under the cursor stays there, the first line too: whoever is
        about to press a key means what is seen there."""
        key = "" if self._is_live and not self.cursor_row else self.key
        self._rows = rows
        self._draw(key)

    def on_mount(self) -> None:
        self._draw("")

    def on_resize(self, _event: events.Resize) -> None:
        if self._shown != self._fitted():
            self._draw(self.key)

    def on_focus(self) -> None:
        self.post_message(self.Looked(self))

    def on_data_table_row_highlighted(self) -> None:
        self.post_message(self.Looked(self))

    def _draw(self, key: str) -> None:
        """`key`: of the line that is to be under the cursor."""
        across, shown = self.scroll_x, self._fitted()
        if shown != self._shown or not self.columns:
            self.clear(columns=True)
            for title, wide in zip(self._titles, shown, strict=True):
                if wide:
                    self.add_column(title, width=wide)
        self.clear()
        self._shown = shown
        for name, cells in self._rows:
            self.add_row(*self._seen(cells), key=name)
        keys = [name for name, _ in self._rows]
        if key in keys:
            self.move_cursor(row=keys.index(key))
        if across:  # whoever reads what is wide is not sent back to its beginning
            self.call_after_refresh(self.scroll_to, x=across, animate=False)
        self.post_message(self.Looked(self))

    def _seen(self, cells: Sequence[Text]) -> list[Text]:
        """What there is room for, of the columns that are shown."""
        seen = []
        for cell, wide in zip(cells, self._shown, strict=True):
            if wide and cell.cell_len > wide:
                cell = cell.copy()
                cell.truncate(wide, overflow="ellipsis")
            if wide:
                seen.append(cell)
        return seen

    def _fitted(self) -> list[int]:
        """Cells of each column, as the room is now."""
        self._wide = [
            max([len(title), *(cells[i].cell_len for _, cells in self._rows)])
            for i, title in enumerate(self._titles)
        ]
        room = self.content_region.width
        if not room:
            return self._wide
        if len(self._rows) + self.header_height > self.content_region.height:
            room -= self.styles.scrollbar_size_vertical
        index = {title: i for i, title in enumerate(self._titles)}
        cut, dropped, spare = (
            [index[title] for title in titles] for titles in (self._cut, self._dropped, self._spare)
        )
        return fitted(self._wide, room, cut, dropped, spare, 2 * self.cell_padding)
