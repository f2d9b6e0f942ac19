"""Asks before anything is changed: what is done to how many devices, and what follows."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any, ClassVar, cast

from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.errors import ClientError
from lamplighter_client.wording import error_text
from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Label, Static

from lamplighter_dashboard.actions.proposal import Draft, Field, NotYetError, Outlook, Proposal
from lamplighter_dashboard.screens.host import Host

WORD = "word"
# More fields than these stand in a line each.
FEW = 3
# Nobody is asked about each letter that is written.
WRITING_S = 0.3


class ConfirmScreen(ModalScreen[Proposal | None]):
    """Gives the proposal once it is confirmed, nothing when it is not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave it"),
        Binding("ctrl+s", "confirm", "Do it", priority=True),
    ]

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self._proposal: Proposal | None = None
        self._asked: ApiRequest[Any] | None = None
        self._answer: Sequence[str] | None = None

    def compose(self) -> ComposeResult:
        many = len(self._draft.fields) > FEW
        with Vertical(id="confirm", classes="-many" if many else ""):
            with VerticalScroll(id="fields", can_focus=False):
                for field in self._draft.fields:
                    with Horizontal(classes="field") if many else Vertical(classes="field"):
                        label = field.name if many else f"{field.name}: {field.about}"
                        yield Label(label, markup=False)
                        yield _input(field)
            yield Label(id="about-field", markup=False)
            yield VerticalScroll(Static(id="effects"), id="effects-scroll")
            yield Label(id="word-label", markup=False)
            yield Input(id=f"field-{WORD}", compact=True)
            with Horizontal(id="buttons"):
                yield Button("Do it  ^s", id="do", variant="warning")
                yield Button("Leave it  esc", id="leave")

    def on_mount(self) -> None:
        self.query_one("#confirm").border_title = self._draft.title
        self.query_one("#fields").display = bool(self._draft.fields)
        self.query_one("#about-field").display = len(self._draft.fields) > FEW
        self._build()
        needs_word = self._proposal is not None and bool(self._proposal.word)
        if self._draft.fields:
            self.query_one(f"#{_id(self._draft.fields[0])}").focus()
        elif needs_word:
            self.query_one(f"#field-{WORD}").focus()
        else:
            self.query_one("#leave").focus()  # Enter alone changes nothing

    @on(Input.Changed)
    def _build(self) -> None:
        given = {
            field.name: self.query_one(f"#{_id(field)}", Input).value
            for field in self._draft.fields
        }
        try:
            self._proposal = self._draft.build(given)
        except NotYetError as error:
            self._proposal = self._asked = None
            self._say(f"{error} …", [])
        else:
            self._look_ahead(self._proposal.outlook)
            self._say_effects()
        self._ask_word()
        self.query_one("#do", Button).disabled = not self._is_ready

    @on(events.DescendantFocus)
    def _say_field(self, event: events.DescendantFocus) -> None:
        """Of many, what the one that is written in is about."""
        about = {_id(field): field.about for field in self._draft.fields}
        if text := about.get(event.widget.id or ""):
            self.query_one("#about-field", Label).update(text)

    def _look_ahead(self, outlook: Outlook | None) -> None:
        """Ask the controller, unless the same was asked before."""
        if outlook is not None and outlook.request != self._asked:
            self._asked, self._answer = outlook.request, None
            self._hear(outlook)

    @work(exclusive=True, group="outlook")
    async def _hear(self, outlook: Outlook) -> None:
        await asyncio.sleep(WRITING_S)
        try:
            answer = await cast(Host, self.app).client.send(outlook.request)
        except ClientError as error:
            if self._asked == outlook.request:
                self._asked = None
                self._say(error_text(error), [])
            return
        if self._asked == outlook.request and self._proposal is not None:
            self._answer = outlook.told(answer)
            self._say_effects()
            self.query_one("#do", Button).disabled = not self._is_ready

    def _say_effects(self) -> None:
        """What is known of what follows."""
        if self._proposal is None:
            return
        told: Sequence[str] = ()
        if self._proposal.outlook is not None:
            told = ["What follows is being asked …"] if self._answer is None else self._answer
        self._say("", [*self._proposal.effects, *told])

    def _ask_word(self) -> None:
        word = self._proposal.word if self._proposal else ""
        for selector in ("#word-label", f"#field-{WORD}"):
            self.query_one(selector).display = bool(word)
        self.query_one("#word-label", Label).update(f"To be sure, write: {word}")

    def _say(self, first: str, effects: list[str]) -> None:
        lines = [first] * bool(first) + [
            f"• {text}" if text[:1] != " " else text for text in effects
        ]
        self.query_one("#effects", Static).update(Text("\n".join(lines)))

    @property
    def _is_ready(self) -> bool:
        if self._proposal is None or not self._proposal.does_something:
            return False
        if self._proposal.outlook is not None and self._answer is None:
            return False
        word = self._proposal.word
        return not word or self.query_one(f"#field-{WORD}", Input).value.strip() == word

    @on(Button.Pressed, "#do")
    def action_confirm(self) -> None:
        """Do it, if all that is needed is there."""
        if self._is_ready:
            self.dismiss(self._proposal)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    @on(Input.Submitted)
    def _go_on(self) -> None:
        self.focus_next()


def _id(field: Field) -> str:
    return "field-" + "-".join(re.findall(r"\w+", field.name))


def _input(field: Field) -> Input:
    suggester = SuggestFromList(field.choices) if field.choices else None
    return Input(field.value, id=_id(field), compact=True, suggester=suggester)
