"""What crossed a street over a day: by movement and class, under which regimes, with its gaps."""

import time
from collections.abc import Sequence
from typing import ClassVar

from lamplighter_client.client import AsyncClient
from lamplighter_client.street.endpoints import street_counts
from lamplighter_client.street.movements import count_rows
from lamplighter_client.street.peak_hour import QUARTER_S
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.model.street_day import DAY_S, StreetDay, day_of
from lamplighter_dashboard.screens.one_device import OneDeviceScreen
from lamplighter_dashboard.screens.street.still import StillScreen
from lamplighter_dashboard.widgets.day_bars import DayBars
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.street import (
    Words,
    day_line,
    measured_cells,
    measured_titles,
    watched_line,
)

ALL = "all"


class StreetScreen(OneDeviceScreen[StreetDay]):
    """One device, one day; the line under the cursor is what the bars show."""

    about = (
        "What crossed the lines and zones of a device in a day of UTC. The bars show the movement"
        " under the cursor; ░ is where nothing was watched, which is no zero. The band below them"
        " is the regime, by its letter. The busiest hour is the four whole quarters with the most;"
        " its factor is their volume over four times that of the largest quarter. p asks the device"
        " for one picture, which it gives where its owner permits that; it is in the audit log."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left_square_bracket",
            "day(-1)",
            "Earlier",
            id="street-day-before",
            tooltip="the day before",
            key_display="[",
        ),
        Binding(
            "right_square_bracket",
            "day(1)",
            "Later",
            id="street-day-after",
            tooltip="the day after",
            key_display="]",
        ),
        Binding("k", "kind", "Class", id="street-class", tooltip="that the bars count"),
        Binding("p", "still", "Picture", id="street-still", tooltip="one of now, with its lines"),
    ]
    every_s = 10.0

    def __init__(self, device: str = "") -> None:
        super().__init__()
        self.name_shown = "Street"
        self.device_id = device
        self._days_back = 0
        self._kind = ""
        self.day: StreetDay | None = None

    def body(self) -> Sequence[Widget]:
        table = ListTable((), id="movements", classes="panel")
        table.border_title = "Turning movements"
        return (
            Static("Reading …", id="line", classes="line"),
            DayBars(id="bars", classes="panel"),
            table,
        )

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    def copied(self) -> str:
        return self.device_id

    async def read(self, client: AsyncClient) -> StreetDay:
        now = self.dashboard.mirror.controller_time(time.time())
        name = self.chosen_device
        begin = day_of(now) - self._days_back * DAY_S
        if not name:
            return StreetDay("", begin, now)
        asked = street_counts(name, begin, min(begin + DAY_S, now), QUARTER_S)
        listed = await client.send(asked)
        return StreetDay(name, begin, now, listed)

    def show(self, read: StreetDay) -> None:
        self.day = read
        if not read.device:
            self._say([("No device yet: a token for one is made on the screen Provision.", "dim")])
            return
        self.device_id = read.device
        self._say(
            [
                *day_line(read.device, read.begin, read.volume, read.peak),
                ("\n", "text"),
                *watched_line(read.watched, read.troubles),
            ]
        )
        self._show_movements(read)
        self._draw_bars()

    def _say(self, words: Words) -> None:
        text = Text()
        for part, tone in words:
            text.append(part, self.dashboard.tone(tone))
        self.query_one("#line", Static).update(text)

    def _show_movements(self, day: StreetDay) -> None:
        classes, in_peak = day.classes, day.in_peak
        table = self.query_one(ListTable)
        more = measured_titles(day.movements)
        titles = ("movement", *classes, "all", "share", "busiest hour", *more)
        table.entitle(titles, ("movement",), (*more, "share", "busiest hour", *classes[::-1]))
        whole = _cells(ALL, day.by_class, 1.0, classes, day.volume_in_peak)
        rows = [(ALL, [*whole, *_right(measured_cells(None, more))])]
        for one in day.movements:
            cells = _cells(one.name, one.by_class, one.share, classes, in_peak.get(one.name, 0))
            rows.append((f"/{one.name}", [*cells, *_right(measured_cells(one, more))]))
        table.show(rows)
        table.border_subtitle = "" if day.movements else "nothing has crossed a line or zone"

    @on(DataTable.RowHighlighted)
    def _draw_bars(self) -> None:
        if self.day is not None:
            movement = self.query_one(ListTable).key
            name = movement.removeprefix("/") if movement.startswith("/") else ""
            self.query_one(DayBars).show(self.day, self.dashboard.tones(), name, self._kind)

    def action_kind(self) -> None:
        """The next class, and all of them after the last."""
        known = ["", *(self.day.classes if self.day else [])]
        at = known.index(self._kind) if self._kind in known else 0
        self._kind = known[(at + 1) % len(known)]
        self._draw_bars()

    def action_day(self, step: int) -> None:
        """An earlier or later day; none that is to come."""
        self._days_back = max(0, self._days_back - step)
        self.read_again()

    def action_still(self) -> None:
        """One picture of now, where the device's owner permits that."""
        if self.dashboard.read_only:
            self.notify("this dashboard is read-only: nothing is asked of devices from here")
        elif self.device_id:
            streams = sorted({one.stream for one in self.day.intervals} if self.day else ())
            self.app.push_screen(StillScreen(self.dashboard.client, self.device_id, streams))

    def exported(self) -> tuple[list[str], list[list[object]]]:
        titles = [
            "device",
            "stream",
            "start",
            "seconds",
            "movement",
            "class",
            "count",
            "watched_s",
            "why",
        ]
        return titles, [
            [one.device, one.stream, one.start, one.seconds, one.movement, one.kind, one.counted,
             one.watched_s, one.trouble]
            for one in count_rows(self.day.intervals if self.day else ())
        ]  # fmt: skip


def _cells(
    name: str, by_class: dict[str, int], share: float, classes: Sequence[str], in_peak: int
) -> list[Text]:
    counts = [by_class.get(kind, 0) for kind in classes]
    figures_of = [*(str(count) for count in counts), str(sum(counts)), figures.share(share)]
    figures_of.append(str(in_peak) if in_peak else figures.NOTHING)
    return [Text(name, "bold"), *_right(figures_of)]


def _right(figures_of: Sequence[str]) -> list[Text]:
    return [Text(figure, justify="right") for figure in figures_of]
