"""A day of a street becomes bars, movements and words; gaps stay gaps."""

from lamplighter_client.documents.street.intervals import NO_LINES, StreetCount
from lamplighter_client.street.movements import MovementKey
from lamplighter_client.street.volumes import Volume
from lamplighter_dashboard.model.street_day import DAY_S, StreetDay, bar_length_s, bars, day_of
from lamplighter_dashboard.themes.palettes import DARK, PALETTES
from lamplighter_dashboard.widgets.day_bars import band_text, bars_text, hours_text, legend_text
from lamplighter_dashboard.words.street import (
    GAP,
    PARTLY,
    bars_title,
    day_line,
    movement_name,
    notes_line,
    watched_line,
)

BEGIN = 1_700_006_400.0 // DAY_S * DAY_S
TONES = PALETTES[DARK].tones
NORTH, EAST = (MovementKey("", 0, name) for name in ("north/in", "east/out"))
TOLD_NOTHING = "900 s are missing: the device told nothing"


def interval(
    number: int, car: int | None, regime: str = "day-dry-free", **more: object
) -> StreetCount:
    fields: dict[str, object] = {
        "device": "cam-1",
        "start": BEGIN + 900 * number,
        "seconds": 900.0,
        "counts": None
        if car is None
        else {"north/in": {"car": car, "bus": 1}, "east/out": {"car": 2}},
        "complete": car is not None,
        "watched_s": 900.0 if car is not None else 0.0,
        "trouble": "" if car is not None else TOLD_NOTHING,
        "regimes_s": {regime: 900.0} if car is not None else {},
    }
    return StreetCount(**(fields | more))  # type: ignore[arg-type]


def day(*intervals: StreetCount, hours: float = 3.0) -> StreetDay:
    return StreetDay("cam-1", BEGIN, BEGIN + hours * 3600.0, intervals)


def test_bars_add_up_and_leave_gaps_and_what_is_to_come() -> None:
    shown = day(
        interval(0, 4), interval(1, 6), interval(2, None), interval(3, None), interval(4, 0)
    )
    drawn = bars(shown, 1800)
    assert [bar.count for bar in drawn[:4]] == [12, None, 1, None]
    assert [bar.is_ahead for bar in drawn[5:8]] == [False, False, True]
    assert (drawn[0].is_whole, drawn[1].is_whole) == (True, False)
    assert [bar.count for bar in bars(shown, 1800, NORTH, "bus")[:3]] == [2, None, 1]
    half = day(interval(0, 4), interval(1, None))
    assert [(bar.count, bar.is_whole) for bar in bars(half, 1800)[:1]] == [(5, False)]


def test_streams_are_added_up_and_a_stream_that_is_away_makes_it_partial() -> None:
    both = day(interval(0, 4, stream="a"), interval(0, 6, stream="b"), interval(1, 1, stream="a"),
               interval(1, None, stream="b"))  # fmt: skip
    drawn = bars(both, 900)
    assert [(bar.count, bar.is_whole) for bar in drawn[:2]] == [(12, True), (2, False)]
    north_a = MovementKey("a", 0, "north/in")
    assert [bar.count for bar in bars(both, 900, north_a)[:2]] == [5, 2]
    keys = [one.key for one in both.movements]
    assert movement_name(north_a, keys) == "a: north/in"
    assert movement_name(NORTH, [NORTH, NORTH._replace(street=2)]) == "north/in (lines 0)"
    assert both.watched == 0.75, "of what there are intervals of: since it enrolled"


def test_bars_get_longer_where_there_is_less_room() -> None:
    assert [bar_length_s(room) for room in (200, 96, 95, 48, 24, 12, 3)] == [
        900, 900, 1800, 1800, 3600, 7200, 14_400,
    ]  # fmt: skip


def test_a_gap_is_seen_without_colour_and_never_as_zero() -> None:
    drawn = bars(day(interval(0, 5), interval(1, None), interval(2, 0, counts={})), 900)
    rows = bars_text(drawn, 1, 3, TONES).plain.splitlines()
    assert [row[6:9] for row in rows] == [f"█{GAP} "] * 3
    assert rows[0].lstrip().startswith("6 ")
    partly = bars(day(interval(0, 5, complete=False)), 900)
    assert bars_text(partly, 1, 3, TONES).plain.splitlines()[0][6] == PARTLY


def test_regimes_are_a_band_of_letters_with_their_names_below() -> None:
    drawn = bars(day(interval(0, 1), interval(1, 1), interval(2, 1, "night-wet-jam")), 900)
    assert band_text(drawn, 2, TONES).plain[6:12] == "a   b "
    assert legend_text(drawn, TONES).plain.split() == ["a", "day-dry-free", "b", "night-wet-jam"]
    assert "00:00       03:00" in hours_text(drawn, 1, 3, TONES).plain


def test_the_peak_hour_is_told_by_movement() -> None:
    shown = day(*(interval(n, 10 + n) for n in range(8)))
    assert shown.peak is not None
    assert shown.peak.start == BEGIN + 3600.0
    assert shown.peak.volume == 14 + 15 + 16 + 17 + 4, "east/out has entered by the north"
    assert shown.in_peak == {NORTH: 14 + 15 + 16 + 17 + 4, EAST: 8}
    assert shown.classes == ["car", "bus"]
    assert shown.volume == Volume(sum(11 + n for n in range(8)))
    assert day(interval(0, 1)).in_peak == {}


def test_what_was_not_watched_says_why() -> None:
    shown = day(*(interval(n, None if n == 3 else 1) for n in range(12)))
    assert shown.troubles == ["the device told nothing"]
    told = "".join(text for text, _ in watched_line(shown.watched, shown.troubles))
    assert "92 % of it was watched" in told
    assert "the device told nothing" in told
    assert watched_line(1.0, ())[0][1] == "well"
    assert day_of(BEGIN + 4000.0) == BEGIN
    assert bars_title("", "bus", 900) == "Entered, bus, per 15 min"


def test_what_is_to_be_known_beside_the_counts_is_told_once() -> None:
    swapped = "the model was swapped: 2 served"
    shown = day(interval(0, 4, notes=[swapped]), interval(1, 4, notes=[swapped]))
    assert "the model was swapped" in notes_line(shown.notes)[0][0]
    assert notes_line([]) == []


def test_people_on_foot_are_no_vehicles() -> None:
    walked = {"north/in": {"car": 4, "person": 9}, "south/out": {"person": 5}}
    shown = day(*(interval(n, 0, counts=walked) for n in range(4)), hours=1.0)
    assert shown.volume == Volume(16, 36)
    assert shown.peak is not None
    assert shown.peak.volume == 16
    assert (bars(shown, 3600)[0].count, bars(shown, 3600, None, "person")[0].count) == (16, 36)


def test_who_turned_is_a_movement_and_the_lines_say_how_many_there_are() -> None:
    turned = {"north/in": {"car": 4}, "east/out": {"car": 3}, "north/to-east": {"car": 3}}
    shown = day(*(interval(n, 0, counts=turned) for n in range(4)), hours=1.0)
    assert bars(shown, 3600)[0].count == shown.volume.vehicles == 16
    assert shown.by_class == {"car": 16}
    assert shown.peak is not None
    assert shown.peak.volume == 16
    assert bars(shown, 3600, MovementKey("", 0, "north/to-east"))[0].count == 12
    assert bars(shown, 3600, NORTH)[0].count == 16
    assert "north/to-east" in [movement.name for movement in shown.movements]


def test_without_lines_there_is_no_number_and_no_zero() -> None:
    blind = day(*(interval(n, 0, counts={}, notes=[NO_LINES]) for n in range(4)), hours=1.0)
    told = "".join(text for text, _ in day_line("cam-1", BEGIN, blind.volume, blind.peak))
    assert "0 vehicles" not in told
    assert NO_LINES in told
    assert bars(blind, 3600)[0].count is None
    assert day(interval(0, 0, counts={})).volume == Volume(0, 0)
