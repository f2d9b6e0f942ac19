"""The keys of a screen, what it is for, and the words that it uses."""

from collections.abc import Iterable
from typing import ClassVar

from lamplighter_client.words.glossary import GLOSSARY
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from lamplighter_dashboard.words.health import LEGEND

KEY_WIDTH = 12


class HelpScreen(ModalScreen[None]):
    """Goes by Esc, ? or q."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,f1", "dismiss", "Back"),
    ]

    def __init__(
        self, title: str, about: str, keys: Iterable[tuple[str, str]], story: str = ""
    ) -> None:
        """`story`: what is told above the screens, whole."""
        super().__init__()
        self._story = story
        self._title, self._about, self._keys = title, about, list(keys)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            told = f"{self._story}\n\n" if self._story else ""
            yield Static(help_text(f"{told}{self._about}", self._keys))

    def on_mount(self) -> None:
        help_box = self.query_one("#help")
        help_box.border_title = self._title
        help_box.border_subtitle = "Esc goes back"
        help_box.focus()


def help_text(about: str, keys: Iterable[tuple[str, str]]) -> Text:
    """About, keys, signs and glossary."""
    text = Text(about + "\n\n")
    text.append("Keys\n", "bold")
    for key, what in keys:
        text.append(f"  {key:{KEY_WIDTH}}", "bold")
        text.append(f"{what}\n")
    text.append("\nSigns\n", "bold")
    for word in LEGEND:
        text.append(f"  {word.sign:{KEY_WIDTH}}{word.word}\n")
    text.append(f"  {'!':{KEY_WIDTH}}a limit is broken\n")
    text.append(f"  {'~':{KEY_WIDTH}}an estimate\n")
    text.append("\nWords\n", "bold")
    for name, meaning in GLOSSARY.items():
        text.append(f"  {name}: ", "bold")
        text.append(f"{meaning}\n")
    return text
