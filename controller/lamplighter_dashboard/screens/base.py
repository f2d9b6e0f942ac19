"""What all screens have in common: the bars, the prompt, help, and reading in the background."""

import time
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar, cast

from lamplighter_client.client import AsyncClient
from lamplighter_client.errors import ClientError
from lamplighter_client.wording import error_text
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from lamplighter_dashboard.model.connection import Connection
from lamplighter_dashboard.model.messages import ConnectionChanged
from lamplighter_dashboard.screens.host import Host
from lamplighter_dashboard.widgets.bars.key_bar import KeyBar
from lamplighter_dashboard.widgets.bars.top_bar import StaleBar, TopBar
from lamplighter_dashboard.widgets.lists.detail_line import DetailLine
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.widgets.prompt_line import PromptLine
from lamplighter_dashboard.widgets.story_bar import StoryBar

T = TypeVar("T")
TICK_S = 1.0
OLD = "-old"
"""Class of a screen that shows what was so when it was covered."""


class DashboardScreen(Screen[None]):
    """A screen below the bars. `name_shown` is its breadcrumb, `about` its help."""

    name_shown = ""
    about = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="back"),
    ]

    @property
    def dashboard(self) -> Host:
        """The application."""
        return cast(Host, self.app)

    def compose(self) -> ComposeResult:
        yield TopBar(id="top")
        yield StaleBar(id="stale")
        yield StoryBar(id="story")
        yield from self.body()
        yield DetailLine(id="detail")
        yield PromptLine()
        yield KeyBar(show_command_palette=False)

    def body(self) -> Sequence[Widget]:
        """What is between the bars."""
        return ()

    def on_mount(self) -> None:
        self.query_one(StaleBar).display = False
        self.set_interval(TICK_S, self._tick)
        self._tick()
        self.begin()

    def begin(self) -> None:
        """Once it is on the screen."""

    def connection(self) -> Connection:
        """How what is shown here was come by."""
        return self.dashboard.feed.connection

    def on_screen_resume(self) -> None:
        self._tick()

    @on(ConnectionChanged)
    def _tick(self) -> None:
        if not self.is_current:
            return
        self.query_one(TopBar).show(self.dashboard.crumbs(), self.dashboard.where())
        is_old = self.has_class(OLD)
        self.query_one(StaleBar).show(self.connection(), time.time(), is_old=is_old)
        self.on_tick()

    def on_tick(self) -> None:
        """Each second, while it is on the screen."""

    @property
    def list_in_focus(self) -> ListTable | None:
        """The table that has the keys."""
        return self.focused if isinstance(self.focused, ListTable) else None

    @on(ListTable.Looked)
    def _tell_detail(self, message: ListTable.Looked) -> None:
        message.stop()
        for line in self.query(DetailLine) if message.table is self.focused else ():
            line.tell(message.table, self.dashboard.tone("dim"))

    @on(PromptLine.Given)
    def _given(self, message: PromptLine.Given) -> None:
        message.stop()
        self._focus_back()
        if message.sign == ":":
            self.dashboard.command(message.text)
        elif message.sign == "/":
            self.search(message.text)

    def _focus_back(self) -> None:
        """The keys go to what had them, if that is still there."""
        widget = self.query_one(PromptLine).asked_from
        if isinstance(widget, ListTable) and widget.is_attached and widget.display:
            self.set_focus(widget)
        else:
            self.focus_main()

    def focus_main(self) -> None:
        """The keys go to what the screen is about."""

    def search(self, text: str) -> None:
        """What was asked by "/"."""

    def complete_search(self, _text: str) -> str | None:
        """The text, completed."""
        return None

    searches_for = ""
    """What "/" is for; empty: nothing is searched here."""

    @property
    def searched(self) -> str:
        """What is asked for now: "/" begins with it, and what is written replaces it."""
        return ""

    def say(self, where: str, words: Sequence[tuple[str, str]]) -> None:
        """Show texts with their tones in the widget that a selector names."""
        text = Text()
        for part, tone in words:
            text.append(part, self.dashboard.tone(tone))
        text.rstrip()
        self.query_one(where, Static).update(text)

    def exported(self) -> tuple[list[str], list[list[object]]]:
        """What is shown, as a table: titles and rows."""
        return [], []

    def exported_page(self) -> str:
        """What is shown, as HTML that needs no network; empty: this screen has none."""
        return ""

    def copied(self) -> str:
        """What is copied from here: the line under the cursor; empty: nothing."""
        table = self.list_in_focus
        return table.line_text if table is not None else ""

    def action_back(self) -> None:
        """To the screen before."""
        self.dashboard.go_back()


class PolledScreen(DashboardScreen, Generic[T]):
    """Reads what it shows every few seconds, never two readings at once."""

    every_s = 3.0
    has_asked = False
    """Whether a reading has asked the controller for anything."""
    _connection = Connection()
    _is_covered = False

    def begin(self) -> None:
        self.set_interval(self.every_s, self._read_in_turn)
        self.read_again()

    @property
    def asks(self) -> bool:
        """Whether a reading asks the controller for anything."""
        return True

    def connection(self) -> Connection:
        return self._connection

    async def read(self, client: AsyncClient) -> T:
        """What is to be shown."""
        raise NotImplementedError

    def show(self, read: T) -> None:
        """Show it."""
        raise NotImplementedError

    def on_screen_suspend(self) -> None:
        self._is_covered = True

    def on_screen_resume(self) -> None:
        """What was covered for longer than its turn is old: it is dimmed until it is read anew.

        Textual calls that of the class it extends by itself.
        """
        if not self._is_covered:
            return
        self._is_covered = False
        heard_at = self._connection.heard_at
        if heard_at and time.time() - heard_at > self.every_s:
            self.add_class(OLD)
        self.read_again()

    def _read_in_turn(self) -> None:
        """Unless a reading is under way: over a slow link one takes longer than the interval."""
        mine = (w for w in self.workers if w.node is self and w.group == "reading")
        if all(worker.is_finished for worker in mine):
            self.read_again()

    @work(exclusive=True, group="reading")
    async def read_again(self) -> None:
        """Read and show, unless it is not on the screen."""
        if not self.is_current and self.connection().heard_at:
            return
        read: T | None = None
        try:
            read = await self.read(self.dashboard.client)
            if self.asks:
                self.has_asked = True
                self._connection = self._connection.heard(time.time())
        except ClientError as error:
            self._connection = self._connection.lost(error_text(error), time.time())
            self.set_class(bool(self._connection.heard_at), OLD)
        if not (self in self.app.screen_stack and self.app.is_running and self.is_attached):
            return  # it was left meanwhile, or is being taken down
        if read is not None:
            self.remove_class(OLD)
            self.show(read)
        self.call_after_refresh(self._tick)
