"""Under a table, what of the line under the cursor there was no room for in it."""

from rich.text import Text
from textual.widgets import Static

from lamplighter_dashboard.widgets.lists.list_table import ListTable


class DetailLine(Static):
    """Shown where a table leaves out or cuts something; it stays while the cursor moves on."""

    def on_mount(self) -> None:
        self.display = False

    def tell(self, table: ListTable, title_colour: str) -> None:
        """Of a table's line."""
        self.display = table.hides
        text = Text()
        for title, told in table.hidden_cells:
            if told.strip():
                text.append(f"{title} " if title else "", title_colour)
                text.append(f"{told.strip()}   ")
        text.rstrip()
        self.update(text)
