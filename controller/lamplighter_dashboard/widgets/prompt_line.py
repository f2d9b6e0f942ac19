"""The line at the bottom in which queries (/) and commands (:) are written, with completion."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input

Complete = Callable[[str], str | None]


class _Suggester(Suggester):
    """Completes by whatever counts now."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.complete: Complete = lambda _text: None

    async def get_suggestion(self, value: str) -> str | None:
        return self.complete(value)


class PromptLine(Input):
    """Hidden until it is asked for; Enter gives what was written, Esc nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("tab", "cursor_right", "Complete", show=False),
        Binding("up", "earlier(-1)", "Earlier", show=False),
        Binding("down", "earlier(1)", "Later", show=False),
    ]

    class Given(Message):
        """Something was written. `sign`: "/" or ":"."""

        def __init__(self, sign: str, text: str) -> None:
            super().__init__()
            self.sign, self.text = sign, text

    def __init__(self) -> None:
        self._completing = _Suggester()
        super().__init__(id="prompt", suggester=self._completing, select_on_focus=False)
        self.display = False
        self.sign = "/"
        self._earlier: dict[str, list[str]] = {"/": [], ":": []}
        self._back = 0
        self.asked_from: Widget | None = None

    def ask(self, sign: str, complete: Complete, about: str, text: str = "") -> None:
        """Show it and take the keys."""
        self.sign, self._back = sign, 0
        self.asked_from = self.screen.focused
        self._completing.complete = complete
        self.border_title, self.placeholder = sign, about
        self.value, self.cursor_position = text, len(text)
        if sign == "/":
            self.select_all()
        self.display = True
        self.focus()

    def action_leave(self) -> None:
        """Nothing is meant."""
        self.display = False
        self.screen.set_focus(None)
        self.post_message(self.Given("", ""))

    def action_earlier(self, step: int) -> None:
        """What was written before."""
        kept = self._earlier[self.sign]
        self._back = max(-len(kept), min(0, self._back + step))
        self.value = kept[self._back] if self._back else ""
        self.cursor_position = len(self.value)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        self.display = False
        text = event.value.strip()
        if text and text not in self._earlier[self.sign][-1:]:
            self._earlier[self.sign].append(text)
        self.post_message(self.Given(self.sign, text))
