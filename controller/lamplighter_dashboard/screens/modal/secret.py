"""Shows a token once: to copy, or to photograph."""

from typing import ClassVar

from lamplighter_client.joining.half_blocks import link_picture
from lamplighter_wire.joining.links import EnrolLink
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static


class SecretScreen(ModalScreen[None]):
    """`command`: what the technician types on the device; the token is asked for, not in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Done"),
        Binding("c", "copy('command')", "Copy the command"),
        Binding("t", "copy('token')", "Copy the token"),
    ]

    def __init__(self, title: str, link: EnrolLink, command: str, note: str) -> None:
        super().__init__()
        self._title, self._link, self._command, self._note = title, link, command, note

    def compose(self) -> ComposeResult:
        text = Text(f"{self._command}\n{self._link.token}\n\n{self._note}\n", no_wrap=False)
        code = Text(link_picture(self._link), "#ffffff on #000000", no_wrap=True)
        with VerticalScroll(id="secret"):
            yield Static(text)
            yield Static(code)

    def on_mount(self) -> None:
        box = self.query_one("#secret")
        box.border_title, box.border_subtitle = (
            self._title,
            "c copies the command, t the token, Esc forgets it",
        )
        box.focus()

    def action_copy(self, what: str) -> None:
        """To the clipboard of the terminal (OSC 52)."""
        self.app.copy_to_clipboard(self._link.token if what == "token" else self._command)
        self.notify(f"copied: the {what}", timeout=2)
