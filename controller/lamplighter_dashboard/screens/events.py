"""What happened, the newest first: filtered, with a way to the device."""

import time
from collections.abc import Sequence
from typing import ClassVar

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Event
from lamplighter_client.watching.sentences import is_at_least
from lamplighter_client.wording import is_news, subject
from lamplighter_wire.enums import Severity
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.screens.attention.attention_keys import AttentionKeys
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words.events import is_asked_for, sentence, sign, when

FIRST, MOST = 500, 2000
LEASTS = (Severity.INFO, Severity.WARNING, Severity.ERROR)
SHOWN = {Severity.WARNING: " that warn or worse", Severity.ERROR: " that are errors"}


class EventsScreen(AttentionKeys, PolledScreen[list[Event]]):
    """The log of the fleet or of one device."""

    about = (
        "What happened, the newest first. / keeps the events in which all words stand; !error and"
        " !warning keep those of a severity. Enter opens the device at that time; a acknowledges"
        " what is wrong with it, z mutes it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "severity", "Severity", id="events-severity", tooltip="the least shown"),
    ]
    searches_for = "words that stand in the event, such as: cam-1 refused, or !error"
    every_s = 1.0

    def __init__(self, device: str = "") -> None:
        super().__init__()
        self.name_shown = f"Events of {device}" if device else "Events"
        self._device, self._asked = device, ""
        self._events: list[Event] = []
        self._least = Severity.INFO

    def acted_on(self) -> Sequence[str]:
        event = self._of(self.query_one(ListTable).key)
        return [event.device] if event is not None and event.device else []

    def body(self) -> Sequence[Widget]:
        titles = ("when", "", "device", "what happened")
        return (Static(id="summary"), ListTable(titles, id="events", cut=titles[3:]))

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    async def read(self, client: AsyncClient) -> list[Event]:
        newest = self._events[-1].id if self._events else 0
        if self._device:
            return await client.send(endpoints.device_events(self._device, newest, FIRST))
        return await client.send(endpoints.events(newest, FIRST))

    def show(self, read: list[Event]) -> None:
        new = [event for event in read if is_news(event)]
        first = not self._events
        self._events = [*self._events, *new][-MOST:]
        if new or first:
            self.draw()

    def search(self, text: str) -> None:
        self._asked = text
        self.draw()

    def shown(self) -> list[Event]:
        """Those that are asked for, the newest first."""
        return [
            event
            for event in reversed(self._events)
            if is_asked_for(event, self._asked) and is_at_least(event, self._least)
        ]

    def action_severity(self) -> None:
        """The next least severity, and all of them after the last."""
        self._least = LEASTS[(LEASTS.index(self._least) + 1) % len(LEASTS)]
        self.draw()

    def draw(self) -> None:
        """Draw the table anew."""
        now = time.time()
        events = self.shown()
        self.query_one(ListTable).show([(str(one.id), self._cells(one, now)) for one in events])
        asked = f" with {self._asked}" if self._asked else ""
        of = f" of {self._device}" if self._device else ""
        said = f"{len(events)} events{of}{asked}{SHOWN.get(self._least, '')}"
        self.query_one("#summary", Static).update(Text(said))

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
        event = self._of(str(message.row_key.value))
        if event is not None and event.device:
            self.dashboard.open_device(event.device, event.at)

    def _of(self, key: str) -> Event | None:
        return next((event for event in self._events if str(event.id) == key), None)

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return ["at", "severity", "device", "kind", "text"], [
            [event.at, str(event.severity), event.device, event.kind, event.text]
            for event in self.shown()
        ]
