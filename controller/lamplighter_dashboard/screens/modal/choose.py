"""A list to choose from: one thing, or several in an order."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, SelectionList
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

Choices = Sequence[tuple[str, str]]
"""Keys and what is shown of them."""


class ChooseScreen(ModalScreen[list[str] | None]):
    """Gives the chosen keys; nothing when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("ctrl+s", "take", "Take these", priority=True),
    ]

    def __init__(
        self, title: str, choices: Choices, chosen: Sequence[str], *, several: bool = False
    ) -> None:
        super().__init__()
        self._title, self._choices, self._several = title, choices, several
        self._chosen = [key for key in chosen if key in dict(choices)]

    def compose(self) -> ComposeResult:
        with Vertical(id="choose"):
            if self._several:
                yield SelectionList(
                    *(
                        Selection(Content(text), key, key in self._chosen)
                        for key, text in self._choices
                    )
                )
            else:
                yield OptionList(
                    *(
                        Option(Content(text), id=f"k-{i}")
                        for i, (_, text) in enumerate(self._choices)
                    )
                )

    def on_mount(self) -> None:
        box = self.query_one("#choose")
        box.border_title = self._title
        keys = "Space picks, ^s takes them" if self._several else "Enter takes it"
        box.border_subtitle = f"{keys}, Esc leaves"
        options = self.query_one(OptionList)
        keys_of = [key for key, _ in self._choices]
        if self._chosen and not self._several:
            options.highlighted = keys_of.index(self._chosen[0])
        elif keys_of:
            options.highlighted = 0
        options.focus()

    @on(OptionList.OptionSelected)
    def _take_one(self, event: OptionList.OptionSelected) -> None:
        if not self._several:
            self.dismiss([self._choices[event.option_index][0]])

    def action_take(self) -> None:
        """What was chosen before keeps its order; what is new comes behind."""
        if self._several:
            picked = list(self.query_one(SelectionList).selected)
            kept = [key for key in self._chosen if key in picked]
            self.dismiss([*kept, *(key for key in picked if key not in kept)])

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
