"""A day as bars over a band of regimes. What was not watched is a gap, read without colour."""

from collections.abc import Mapping, Sequence

from lamplighter_client.street.movements import MovementKey
from rich.style import Style
from rich.text import Text
from textual.widgets import Static

from lamplighter_dashboard.model.street_day import Bar, StreetDay, bar_length_s, bars
from lamplighter_dashboard.words.street import GAP, PARTLY, bars_title, clock, movement_name

BLOCKS = " ▁▂▃▄▅▆▇█"
AXIS_CELLS = 6
BELOW_ROWS = 3
LETTERS = "abcdefghijklmnopqrstuvwxyz"
BANDS = ("busy", "accent", "well", "warning")
HOURS_APART = {900: 3, 1800: 3, 3600: 3, 7200: 6, 14_400: 8}


class DayBars(Static):
    """Bars above, regimes and hours below, the names of the regimes last."""

    _shown: tuple[StreetDay, Mapping[str, str], MovementKey | None, str] | None = None

    def show(
        self, day: StreetDay, tones: Mapping[str, str], movement: MovementKey | None, kind: str
    ) -> None:
        """Draw a day. `tones`: tone -> colour; `movement` None: who entered; `kind` empty: all
        vehicles."""
        self._shown = day, tones, movement, kind
        self._draw(day, tones, movement, kind)

    def on_resize(self) -> None:
        if self._shown is not None:
            self._draw(*self._shown)

    def _draw(
        self, day: StreetDay, tones: Mapping[str, str], movement: MovementKey | None, kind: str
    ) -> None:
        room = max(8, self.size.width - AXIS_CELLS)
        bar_s = bar_length_s(room)
        drawn = bars(day, bar_s, movement, kind)
        cells = max(1, room // len(drawn))
        rows = max(3, self.size.height - BELOW_ROWS)
        keys = [one.key for one in day.movements]
        name = movement_name(movement, keys) if movement else ""
        self.border_title = Text(bars_title(name, kind, bar_s))  # names are a device's own
        text = bars_text(drawn, cells, rows, tones)
        text.append_text(band_text(drawn, cells, tones))
        text.append_text(hours_text(drawn, cells, HOURS_APART[bar_s], tones))
        text.append_text(legend_text(drawn, tones))
        self.update(text)


def bars_text(drawn: Sequence[Bar], cells: int, rows: int, tones: Mapping[str, str]) -> Text:
    """The bars, `cells` wide and at most `rows` high, the highest count at the top."""
    top = max([bar.count or 0 for bar in drawn] + [1])
    text = Text(no_wrap=True, overflow="crop")
    for row in reversed(range(rows)):
        label = str(top) if row == rows - 1 else "0" if row == 0 else ""
        text.append(f"{label:>{AXIS_CELLS - 1}} ", tones["dim"])
        for bar in drawn:
            sign, tone = _cell(bar, row, rows, top)
            text.append(sign * cells, tones[tone])
        text.append("\n")
    return text


def _cell(bar: Bar, row: int, rows: int, top: int) -> tuple[str, str]:
    """The sign of a bar in a row, counted from below, and its tone."""
    if bar.is_ahead:
        return " ", "dim"
    if bar.count is None:
        return GAP, "dim"
    filled = round(bar.count / top * rows * (len(BLOCKS) - 1)) - row * (len(BLOCKS) - 1)
    sign = BLOCKS[max(0, min(len(BLOCKS) - 1, filled))]
    if bar.is_whole:
        return sign, "busy"
    return (PARTLY if sign == BLOCKS[-1] else sign), "warning"


def named_regimes(drawn: Sequence[Bar]) -> dict[str, str]:
    """Regime -> its letter, in the order in which they come."""
    found = dict.fromkeys(bar.regime for bar in drawn if bar.regime)
    return dict(zip(found, LETTERS, strict=False))


def band_text(drawn: Sequence[Bar], cells: int, tones: Mapping[str, str]) -> Text:
    """The regime of each bar: its letter where it begins, its colour as long as it lasts."""
    letters = named_regimes(drawn)
    text = Text(" " * AXIS_CELLS, no_wrap=True, overflow="crop")
    before = ""
    for bar in drawn:
        letter = letters.get(bar.regime, "")
        begins = letter and bar.regime != before
        sign = (letter if begins else " ").ljust(cells)
        colour = tones[BANDS[LETTERS.index(letter) % len(BANDS)]] if letter else tones["dim"]
        text.append(sign, Style.parse(f"{colour} reverse") if letter else Style.parse(colour))
        before = bar.regime
    text.append("\n")
    return text


def hours_text(
    drawn: Sequence[Bar], cells: int, hours_apart: int, tones: Mapping[str, str]
) -> Text:
    """Times of day below the bars that begin then."""
    line = [" "] * (AXIS_CELLS + cells * len(drawn))
    for index, bar in enumerate(drawn):
        if (bar.start // 3600) % hours_apart == 0 and bar.start % 3600 == 0:
            at = AXIS_CELLS + index * cells
            line[at : at + 5] = clock(bar.start)
    return Text("".join(line).rstrip() + "\n", tones["dim"], no_wrap=True, overflow="crop")


def legend_text(drawn: Sequence[Bar], tones: Mapping[str, str]) -> Text:
    """The names of the regimes."""
    text = Text(" " * AXIS_CELLS, no_wrap=True, overflow="ellipsis")
    for index, (name, letter) in enumerate(named_regimes(drawn).items()):
        text.append(f"{letter} {name}   ", tones[BANDS[index % len(BANDS)]])
    return text
