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
    """`command`: what the technician types on the device; the token is asked for, not in it.
    `link`: what a picture says of both; None: nothing that a device could follow."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Done"),
        Binding("c", "copy('command')", "Copy the command"),
        Binding("t", "copy('token')", "Copy the token"),
    ]

    def __init__(
        self, title: str, token: str, command: str, note: str, link: EnrolLink | None
    ) -> None:
        super().__init__()
        self._title, self._token, self._command = title, token, command
        self._note, self._link = note, link

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="secret"):
            yield Static(Text(f"{self._command}\n{self._token}\n\n{self._note}\n"))
            if self._link is not None:
                yield Static(Text(link_picture(self._link), "#ffffff on #000000", no_wrap=True))

    def on_mount(self) -> None:
        box = self.query_one("#secret")
        box.border_title, box.border_subtitle = (
            self._title,
            "c copies the command, t the token, Esc forgets it",
        )
        box.focus()

    def action_copy(self, what: str) -> None:
        """To the clipboard of the terminal (OSC 52)."""
        self.app.copy_to_clipboard(self._token if what == "token" else self._command)
        self.notify(f"copied: the {what}", timeout=2)
