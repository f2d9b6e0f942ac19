"""Under a table, what of the line under the cursor there was no room for in it."""

from typing import Protocol

from rich.text import Text
from textual.widgets import Static


class Hiding(Protocol):
    """A table that leaves out or cuts something where there is little room."""

    @property
    def hides(self) -> bool:
        """Whether a part of any line is not seen."""

    @property
    def hidden_cells(self) -> list[tuple[str, str]]:
        """Titles and texts of what is not seen whole of the line under the cursor."""


class DetailLine(Static):
    """Shown where a table leaves out or cuts something; it stays while the cursor moves on."""

    def on_mount(self) -> None:
        self.display = False

    def tell(self, table: Hiding, title_colour: str) -> None:
        """Of a table's line."""
        self.display = table.hides
        text = Text()
        for title, told in table.hidden_cells:
            if told.strip():
                text.append(f"{title} " if title else "", title_colour)
                text.append(f"{told.strip()}   ")
        text.rstrip()
        self.update(text)
