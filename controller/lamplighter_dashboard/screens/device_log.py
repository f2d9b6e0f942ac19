"""What a device's agent has logged: asked of the device when the screen opens, and when told to."""

import time
from collections.abc import Sequence
from typing import ClassVar

from lamplighter_client import endpoints
from lamplighter_client.documents.fleet.device_log import LogEntry, LogLines
from lamplighter_client.errors import ClientError
from lamplighter_client.watching.log_words import part, remembered
from lamplighter_client.wording import error_text
from lamplighter_wire.policy.log_limits import LEVELS, MOST_LINES, LogLevel
from lamplighter_wire.words.printable import one_line
from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from lamplighter_dashboard.screens.base import DashboardScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.events import when

ASKING = "Asking the device …"
TONES = {"warning": "warning", "error": "error", "critical": "error"}
SHOWN: Sequence[LogLevel] = ("info", "warning", "error", "debug")


class DeviceLogScreen(DashboardScreen):
    """The newest lines, the newest first."""

    about = (
        "What the agent of a device has logged, as it tells it now, the newest first. Nothing is"
        " followed and nothing kept: r asks again, v asks for lines of another level and above, /"
        " shows those in which all words stand. An agent remembers its newest 500 lines since it"
        " was started, and gives them unless its owner has set share_log to off. Each request"
        " is in the audit log."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "ask", "Again", id="log-again", tooltip="ask the device anew"),
        Binding("v", "level", "Level", id="log-level", tooltip="the least that is asked for"),
    ]
    searches_for = "words that stand in the line"

    def __init__(self, device: str) -> None:
        super().__init__()
        self.name_shown, self._device = f"Log of {device}", device
        self._level: LogLevel = SHOWN[0]
        self._words = ""
        self.told: LogLines | None = None

    def body(self) -> Sequence[Widget]:
        titles = ("when", "level", "part", "what it says")
        table = ListTable(titles, id="log", cut=titles[2:])
        return (Static(ASKING, id="summary", markup=False), table)

    def begin(self) -> None:
        self.focus_main()
        self.action_ask()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    @work(exclusive=True, group="log")
    async def action_ask(self) -> None:
        """Ask for the lines up to now."""
        self._say(ASKING)
        request = endpoints.read_log(self._device, MOST_LINES, self._level)
        try:
            self.told = await self.dashboard.client.send(request)
        except ClientError as error:
            if self.is_attached:
                self._say(error_text(error))
            return
        if self.is_attached:
            self.draw()

    def action_level(self) -> None:
        """The next least level."""
        self._level = SHOWN[(SHOWN.index(self._level) + 1) % len(SHOWN)]
        self.action_ask()

    @property
    def searched(self) -> str:
        return self._words

    def search(self, text: str) -> None:
        self._words = text
        self.draw()

    def shown(self) -> list[LogEntry]:
        """The newest first, those in which all words stand."""
        words = self._words.lower().split()
        lines = self.told.lines[::-1] if self.told else []
        return [one for one in lines if all(word in _searched(one) for word in words)]

    def draw(self) -> None:
        """What was told, as it is searched."""
        if self.told is None:
            return
        lines, now = self.shown(), time.time()
        rows = [(f"{one.at} {n}", self._cells(one, now)) for n, one in enumerate(lines)]
        self.query_one(ListTable).show(rows)
        asked = f" with {self._words}" if self._words else ""
        least = "" if self._level == LEVELS[0] else f", {self._level} and above"
        memory = remembered(self.told, when(self.told.since, now))
        self._say(f"{figures.count(len(lines), 'line')}{asked}{least}   {memory}")

    def _cells(self, entry: LogEntry, now: float) -> list[Text]:
        tone, name = self.dashboard.tone, TONES.get(entry.level, "dim")
        level = Text(one_line(entry.level), tone(name))
        return [
            Text(when(entry.at, now), tone("dim")),
            level,
            Text(part(entry), tone("dim")),
            Text(one_line(entry.text)),
        ]

    def _say(self, words: str) -> None:
        self.query_one("#summary", Static).update(Text(words))

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return ["at", "level", "logger", "text"], [
            [one.at, one.level, one.logger, one.text] for one in self.shown()
        ]


def _searched(entry: LogEntry) -> str:
    return f"{entry.level} {entry.logger} {entry.text}".lower()
