"""A table of some hundred lines at most, drawn anew; the cursor stays on its line."""

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import DataTable

Rows = Sequence[tuple[str, Sequence[Text]]]
"""Keys, each once, and the cells of a line."""


class ListTable(DataTable[Text]):
    """Columns are as wide as their widest cell."""

    def __init__(self, titles: Sequence[str], *, id: str, classes: str = "") -> None:  # noqa: A002
        super().__init__(id=id, classes=classes, cursor_type="row")
        self._titles = titles
        self._keys: list[str] = []

    def on_mount(self) -> None:
        for title in self._titles:
            self.add_column(title)

    def entitle(self, titles: Sequence[str]) -> None:
        """Other columns; without lines until they are shown."""
        if tuple(titles) != tuple(self._titles):
            self._titles = titles
            self.clear(columns=True)
            self._keys = []
            self.on_mount()

    @property
    def key(self) -> str:
        """Of the line under the cursor; empty: there is none."""
        return self._keys[self.cursor_row] if 0 <= self.cursor_row < len(self._keys) else ""

    def show(self, rows: Rows) -> None:
        """Show these lines; the first one is under the cursor until it is moved."""
        key = self.key if self.cursor_row else ""
        across = self.scroll_x
        self.clear()
        self._keys = [name for name, _ in rows]
        for name, cells in rows:
            self.add_row(*cells, key=name)
        for index, column in enumerate(self.ordered_columns):
            cells_of = [cells[index].cell_len for _, cells in rows]
            column.content_width = max([len(self._titles[index]), *cells_of])
        if key in self._keys:
            self.move_cursor(row=self._keys.index(key))
        if across:  # whoever reads what is wide is not sent back to its beginning
            self.call_after_refresh(self.scroll_to, x=across, animate=False)
