"""What happens, as it happens: asked of the controller, with a way to the device."""

import time
from collections.abc import Sequence
from typing import ClassVar

from lamplighter_client.documents import Event
from lamplighter_client.errors import ClientError
from lamplighter_client.typed.event_query import query_of
from lamplighter_client.wording import error_text, subject
from lamplighter_wire.enums import Severity
from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.model.connection import Connection
from lamplighter_dashboard.model.watching.event_feed import EventFeed
from lamplighter_dashboard.screens.attention.attention_keys import AttentionKeys
from lamplighter_dashboard.screens.base import DashboardScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.events import sentence, sign, when

PAINT_S = 0.5
LEASTS = (Severity.INFO, Severity.WARNING, Severity.ERROR)
SHOWN = {Severity.WARNING: " that warn or worse", Severity.ERROR: " that are errors"}


class EventsScreen(AttentionKeys, DashboardScreen):
    """The log of the fleet or of one device."""

    about = (
        "What happens, as it happens, the newest first. / asks the controller for the events in"
        " which all words stand; !warning and !error for those that are as severe or worse. Whoever"
        " goes beyond the last line, or presses o, reads further back; n returns to the present."
        " Enter opens the device at that time; a acknowledges what is wrong with it, z mutes it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "severity", "Severity", id="events-severity", tooltip="the least shown"),
        Binding("o", "older", "Older", id="events-older", tooltip="what happened before these"),
        Binding("n", "now", "Now", id="events-now", tooltip="the newest again"),
    ]
    searches_for = "words that stand in the event, such as: cam-1 refused, or !error"

    def __init__(self, device: str = "") -> None:
        super().__init__()
        self.name_shown = f"Events of {device}" if device else "Events"
        self._device, self._words = device, ""
        self._least = Severity.INFO
        self._drawn: dict[str, Event] = {}
        self._drawn_at, self._is_drawn = 0.0, True
        self.feed: EventFeed | None = None

    def acted_on(self) -> Sequence[str]:
        event = self._drawn.get(self.query_one(ListTable).key)
        return [event.device] if event is not None and event.device else []

    def body(self) -> Sequence[Widget]:
        titles = ("when", "", "device", "what happened")
        table = ListTable(titles, id="events", cut=titles[3:], is_live=True)
        return (Static("Reading …", id="summary"), table)

    def begin(self) -> None:
        self.focus_main()
        self.set_interval(PAINT_S, self._draw_anew)
        self.ask()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    def connection(self) -> Connection:
        return self.feed.connection if self.feed is not None else Connection()

    def ask(self) -> None:
        """Read the newest of what is asked for, and follow it."""
        self._drawn_at = 0.0  # the answer is drawn at once
        asked = query_of(self._words, self._least, self._device)
        self.feed = EventFeed(self.dashboard.client, asked, self._changed, self._tick)
        self._follow(self.feed)

    @work(exclusive=True, group="events")
    async def _follow(self, feed: EventFeed) -> None:
        await feed.run()

    def _changed(self) -> None:
        self._is_drawn = False
        self._draw_anew()

    def _draw_anew(self) -> None:
        """However much has happened, at most twice a second, and only while it is seen."""
        is_time = time.monotonic() - self._drawn_at >= PAINT_S
        if is_time and not self._is_drawn and self.is_current:
            self.draw()

    @property
    def searched(self) -> str:
        return self._words

    def search(self, text: str) -> None:
        self._words = text
        self.ask()

    def shown(self) -> list[Event]:
        """The newest first."""
        return self.feed.log.events[::-1] if self.feed is not None else []

    def action_severity(self) -> None:
        """The next least severity, and all of them after the last."""
        self._least = LEASTS[(LEASTS.index(self._least) + 1) % len(LEASTS)]
        self.ask()

    @work(exclusive=True, group="older")
    async def action_older(self) -> None:
        """Read further back."""
        if self.feed is None:
            return
        try:
            await self.feed.read_older()
        except ClientError as error:
            self.notify(error_text(error), severity="error", markup=False)

    def action_now(self) -> None:
        """The newest again."""
        self.query_one(ListTable).move_cursor(row=0)
        self.ask()

    @on(DataTable.RowHighlighted)
    def _go_on(self, message: DataTable.RowHighlighted) -> None:
        """Beyond the last line there may be more."""
        is_last = message.cursor_row == self.query_one(ListTable).row_count - 1 > 0
        if is_last and self.feed is not None and self.feed.log.has_older:
            self.action_older()

    def draw(self) -> None:
        """Draw the table anew."""
        self._is_drawn, self._drawn_at, now = True, time.monotonic(), time.time()
        events = self.shown()
        self._drawn = {str(one.id): one for one in events}
        self.query_one(ListTable).show([(str(one.id), self._cells(one, now)) for one in events])
        self.query_one("#summary", Static).update(Text(self._summary(len(events))))

    def _summary(self, number: int) -> str:
        asked = f" with {self._words}" if self._words else ""
        of = f" of {self._device}" if self._device else ""
        said = f"{figures.count(number, 'event')}{of}{asked}{SHOWN.get(self._least, '')}"
        log = self.feed.log if self.feed is not None else None
        if log is not None and log.is_past:
            said += f"   {log.waiting} newer; n shows them"
        return f"{said}   o reads further back" if log is not None and log.has_older else said

    def _cells(self, event: Event, now: float) -> list[Text]:
        tone, (mark, name) = self.dashboard.tone, sign(event)
        return [
            Text(when(event.at, now), tone("dim")),
            Text(mark, tone(name)),
            Text(subject(event), "bold"),
            Text(sentence(event), tone(name)),
        ]

    @on(DataTable.RowSelected)
    def _open(self, message: "DataTable.RowSelected") -> None:
        message.stop()
        event = self._drawn.get(str(message.row_key.value))
        if event is not None and event.device:
            self.dashboard.open_device(event.device, event.at)

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return ["id", "at", "severity", "device", "kind", "text"], [
            [event.id, event.at, str(event.severity), event.device, event.kind, event.text]
            for event in self.shown()
        ]
