"""What crossed a street over a day: by movement and class, under which regimes, with its gaps."""

import time
from collections.abc import Sequence
from typing import ClassVar

from lamplighter_client.client import AsyncClient
from lamplighter_client.street.endpoints import street_counts
from lamplighter_client.street.movements import (
    MovementKey,
    count_rows,
    row_cells,
    row_titles,
)
from lamplighter_client.street.peak_hour import QUARTER_S
from lamplighter_client.street.volumes import volume_of
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
    movement_name,
    notes_line,
    watched_line,
)

ENTERED = "entered"
NOBODY = "nothing has crossed a line or zone"
WHO_ENTERS = "entered: vehicles that came in over a line or into a zone"


class StreetScreen(OneDeviceScreen[StreetDay]):
    """One device, one day; the line under the cursor is what the bars show."""

    about = (
        "What crossed the lines and zones of a device in a day of UTC. Those entered who came in"
        " over a line or into a zone; turns say how they are shared out; people on foot are"
        " no vehicles. The bars show the movement under the cursor; ░ is where nothing was watched,"
        " which is no zero. The band below them is the regime, by its letter. The busiest hour is"
        " the four whole quarters in which the most vehicles entered; its factor is their volume"
        " over four times that of the largest quarter. △ is what is to be known beside counts that"
        " are whole. p asks the device for one picture, which it gives where its owner permits"
        " that; it is in the audit log."
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
        self._keys: dict[str, MovementKey] = {}  # of the lines of the table

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
            self._say([(self.none_text, "dim")])
            return
        self.device_id = read.device
        self._say(
            [
                *day_line(read.device, read.begin, read.volume, read.peak),
                ("\n", "text"),
                *watched_line(read.watched, read.troubles),
                *notes_line(read.notes),
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
        titles = ("movement", *classes, "vehicles", "share", "busiest hour", *more)
        table.entitle(titles, ("movement",), (*more, "share", "busiest hour", *classes[::-1]))
        in_busiest = day.peak.volume if day.peak else 0
        whole = _cells(ENTERED, day.by_class, None, classes, in_busiest)
        rows = [(ENTERED, [*whole, *_right(measured_cells(None, more))])]
        self._keys = {f"/{'/'.join(map(str, one.key))}": one.key for one in day.movements}
        for (row, key), one in zip(self._keys.items(), day.movements, strict=True):
            name = movement_name(key, self._keys.values())
            cells = _cells(name, one.by_class, one.share, classes, in_peak.get(key, 0))
            rows.append((row, [*cells, *_right(measured_cells(one, more))]))
        table.show(rows)
        table.border_subtitle = (
            WHO_ENTERS if day.movements else "nothing has crossed a line or zone"
        )

    @on(DataTable.RowHighlighted)
    def _draw_bars(self) -> None:
        if self.day is not None:
            movement = self._keys.get(self.query_one(ListTable).key)
            self.query_one(DayBars).show(self.day, self.dashboard.tones(), movement, self._kind)

    def action_kind(self) -> None:
        """The next class, and all vehicles after the last."""
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
        rows = count_rows(self.day.intervals if self.day else ())
        return row_titles(), [row_cells(row) for row in rows]


def _cells(
    name: str,
    by_class: dict[str, int],
    share: float | None,
    classes: Sequence[str],
    in_peak: int,
) -> list[Text]:
    """`share`: of all that crossed anything; None: not of it."""
    counts = [by_class.get(kind, 0) for kind in classes]
    vehicles = volume_of(by_class).vehicles
    of_all = figures.NOTHING if share is None else figures.share(share)
    figures_of = [*(str(count) for count in counts), str(vehicles), of_all]
    figures_of.append(str(in_peak) if in_peak else figures.NOTHING)
    return [Text(name, "bold"), *_right(figures_of)]


def _right(figures_of: Sequence[str]) -> list[Text]:
    return [Text(figure, justify="right") for figure in figures_of]
