"""What happened, the newest first: filtered, with a way to the device."""

import time
from collections.abc import Sequence

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Event
from lamplighter_client.wording import is_news, subject
from rich.text import Text
from textual import on
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.widgets.list_table import ListTable
from lamplighter_dashboard.words.events import is_asked_for, sentence, sign, when

FIRST, MOST = 500, 2000


class EventsScreen(PolledScreen[list[Event]]):
    """The log of the fleet or of one device."""

    about = (
        "What happened, the newest first. / keeps the events in which all words stand; !error and"
        " !warning keep those of a severity. Enter opens the device."
    )
    searches_for = "words that stand in the event, such as: cam-1 refused, or !error"
    every_s = 1.0

    def __init__(self, device: str = "") -> None:
        super().__init__()
        self.name_shown = f"Events of {device}" if device else "Events"
        self._device, self._asked = device, device
        self._events: list[Event] = []

    def body(self) -> Sequence[Widget]:
        titles = ("when", "", "device", "what happened")
        return (Static(id="summary"), ListTable(titles, id="events"))

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    async def read(self, client: AsyncClient) -> list[Event]:
        newest = self._events[-1].id if self._events else 0
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
        return [event for event in reversed(self._events) if is_asked_for(event, self._asked)]

    def draw(self) -> None:
        """Draw the table anew."""
        now = time.time()
        events = self.shown()
        self.query_one(ListTable).show([(str(one.id), self._cells(one, now)) for one in events])
        asked = f" with {self._asked}" if self._asked else ""
        self.query_one("#summary", Static).update(Text(f"{len(events)} events{asked}"))

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
        device = next((e.device for e in self._events if str(e.id) == message.row_key.value), "")
        if device:
            self.dashboard.open_device(device)

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return ["at", "severity", "device", "kind", "text"], [
            [event.at, str(event.severity), event.device, event.kind, event.text]
            for event in self.shown()
        ]
