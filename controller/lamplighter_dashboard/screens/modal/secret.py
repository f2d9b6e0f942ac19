"""Shows a token once: to copy, or to photograph."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from lamplighter_dashboard.widgets.qr_code import qr_lines


class SecretScreen(ModalScreen[None]):
    """`command`: what the technician types on the device."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Done"),
        Binding("c", "copy", "Copy the command"),
    ]

    def __init__(self, title: str, token: str, command: str, note: str) -> None:
        super().__init__()
        self._title, self._token, self._command, self._note = title, token, command, note

    def compose(self) -> ComposeResult:
        text = Text(f"{self._command}\n\n{self._note}\n", no_wrap=False)
        code = Text("\n".join(qr_lines(self._token)), "#ffffff on #000000", no_wrap=True)
        with VerticalScroll(id="secret"):
            yield Static(text)
            yield Static(code)

    def on_mount(self) -> None:
        box = self.query_one("#secret")
        box.border_title, box.border_subtitle = self._title, "c copies the command, Esc forgets it"
        box.focus()

    def action_copy(self) -> None:
        """To the clipboard of the terminal (OSC 52)."""
        self.app.copy_to_clipboard(self._command)
        self.notify("copied", timeout=2)
