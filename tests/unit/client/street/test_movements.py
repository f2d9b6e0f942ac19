"""Counts as a traffic engineer reads them."""

import msgspec
import pytest
from lamplighter_client.documents.street.intervals import NO_LINES, StreetCount
from lamplighter_client.street.movements import (
    CountRow,
    MovementKey,
    count_rows,
    movements,
    row_cells,
    row_titles,
)
from lamplighter_client.street.peak_hour import Quarter, peak_hour
from lamplighter_client.street.volumes import Volume, entered_volume, quarters

BEGIN = 1.8e9


def interval(number: int, *, complete: bool = True, **counts: int) -> StreetCount:
    return StreetCount(
        device="cam-1",
        start=BEGIN + 900 * number,
        seconds=900,
        counts={"north/in": counts} if counts else {},
        complete=complete,
        watched_s=900.0,
    )


def gap(number: int) -> StreetCount:
    return StreetCount(device="cam-1", start=BEGIN + 900 * number, seconds=900, trouble="lost")


def test_the_peak_hour_begins_at_any_quarter_and_has_its_factor() -> None:
    volumes = [10, 40, 50, 60, 30, 5]
    peak = peak_hour([Quarter(BEGIN + 900 * n, v) for n, v in enumerate(volumes)])
    assert peak is not None
    assert (peak.start, peak.volume) == (BEGIN + 900, 180)
    assert peak.factor == pytest.approx(180 / (4 * 60))


def test_no_hour_goes_over_what_nobody_watched() -> None:
    holes = [Quarter(BEGIN + 900 * n, None if n == 2 else 100) for n in range(6)]
    assert peak_hour(holes) is None
    late = [Quarter(BEGIN + 900 * n, 1) for n in (0, 1, 3, 4)]
    assert peak_hour(late) is None
    assert peak_hour([Quarter(BEGIN + 900 * n, 0) for n in range(4)]) is None
    assert peak_hour([]) is None


def test_movements_are_added_up_the_largest_first() -> None:
    listed = [interval(0, car=2, bus=1), gap(1), interval(2, car=3)]
    listed.append(StreetCount(counts={"south/out": {"car": 14}}))
    first, second = movements(listed)
    assert (first.name, first.vehicles, first.share) == ("south/out", 14, 0.7)
    assert second.by_class == {"car": 5, "bus": 1}


def test_a_gap_is_no_zero_and_a_quiet_quarter_is_one() -> None:
    rows = list(count_rows([interval(0, car=2), interval(1), gap(2)]))
    assert [(row.start, row.movement, row.kind, row.counted) for row in rows] == [
        ("2027-01-15T08:00:00Z", "north/in", "car", 2),
        ("2027-01-15T08:15:00Z", "north/in", "car", 0),
        ("2027-01-15T08:30:00Z", "north/in", "car", None),
    ]
    assert [entered_volume(one) for one in (interval(1), gap(2))] == [Volume(0, 0), None]
    assert rows[2].trouble == "lost"
    assert list(count_rows([gap(0), interval(1)])) == [], "no movement has no row"


def test_zeros_are_of_the_lines_that_there_were() -> None:
    old = interval(0, car=2)
    new = StreetCount(start=BEGIN + 900, street=2, counts={"south/out": {"car": 3}})
    quiet = StreetCount(start=BEGIN + 1800, street=2, counts={})
    away = StreetCount(start=BEGIN + 2700, counts=None)
    rows = [(row.street, row.movement, row.counted) for row in count_rows([old, new, quiet, away])]
    assert rows == [
        (0, "north/in", 2),
        (2, "south/out", 3),
        (2, "south/out", 0),
        (0, "north/in", None),
        (0, "south/out", None),
    ]
    other = StreetCount(start=BEGIN, stream="b", counts={"gate/in": {"car": 1}})
    assert len(list(count_rows([old, other]))) == 2, "cameras have lines of their own"


def test_without_lines_nothing_is_counted_and_that_is_no_zero() -> None:
    blind = [msgspec.structs.replace(interval(n), notes=[NO_LINES], stream="b") for n in range(4)]
    assert entered_volume(blind[0]) is None
    assert quarters(blind) == []
    assert quarters([blind[0], interval(0, car=2)]) == [Quarter(BEGIN, 2)], "of who has lines"


def test_quarters_are_of_all_cameras_and_only_complete_ones_count() -> None:
    both = [interval(0, car=2), interval(0, car=3), interval(1, complete=False, car=9)]
    assert quarters(both) == [Quarter(BEGIN, 5), Quarter(BEGIN + 900, None)]


def crossing(number: int, **more: object) -> StreetCount:
    """Five cars come in by the north and leave by the south, and ten people cross on foot."""
    counted = {
        "north/in": {"car": 5, "person": 10},
        "south/out": {"car": 5},
    }
    fields: dict[str, object] = {"start": BEGIN + 900 * number, "seconds": 900, "counts": counted}
    return StreetCount(**(fields | {"complete": True} | more))  # type: ignore[arg-type]


def test_an_hours_vehicles_are_those_that_entered_each_once_and_nobody_on_foot() -> None:
    hour = [crossing(n) for n in range(4)]
    assert entered_volume(hour[0]) == Volume(vehicles=5, on_foot=10)
    peak = peak_hour(quarters(hour))
    assert peak is not None
    assert peak.volume == 20
    north, south = movements(hour)
    assert (north.vehicles, south.vehicles) == (20, 20)
    assert (north.share, south.share) == (0.5, 0.5), "of vehicles"
    assert north.by_class == {"car": 20, "person": 40}


def test_volumes_are_of_lines_and_turns_say_how_they_are_shared() -> None:
    counted = {
        "north/in": {"car": 4},
        "west/out": {"car": 3},
        "north/to-west": {"car": 2},
        "north/to-north": {"car": 1, "person": 2},
    }
    both = StreetCount(counts=counted, complete=True)
    assert entered_volume(both) == Volume(4, 0), "turns miss who was lost on the way"
    assert quarters([both]) == [Quarter(0.0, 4)]
    listed = movements([both])
    assert [one.name for one in listed[:2]] == ["north/to-west", "north/to-north"]
    assert listed[0].share == pytest.approx(2 / 3), "of all turns"
    assert listed[2].share == pytest.approx(4 / 7), "of all crossings"


def test_lines_of_the_same_name_are_those_of_their_camera_and_version() -> None:
    streams = [crossing(0, stream="a"), crossing(0, stream="b"), crossing(1, stream="b", street=2)]
    listed = movements(streams)
    assert {one.key for one in listed if one.name == "north/in"} == {
        MovementKey("a", 0, "north/in"),
        MovementKey("b", 0, "north/in"),
        MovementKey("b", 2, "north/in"),
    }
    assert {one.vehicles for one in listed} == {5}
    assert {one.share for one in listed} == {0.5}, "of the same camera and lines"


def test_a_spreadsheet_has_every_field_of_a_row() -> None:
    (row, *_) = count_rows([crossing(0, notes=["swapped", "on trial"])])
    cells = dict(zip(row_titles(), row_cells(row), strict=True))
    assert len(cells) == len(CountRow._fields)
    assert (cells["start"], cells["class"], cells["count"]) == ("2027-01-15T08:00:00Z", "car", 5)
    assert cells["notes"] == "swapped; on trial"


def test_the_speed_of_a_movement_is_that_of_all_its_kilometres() -> None:
    def measured(number: int, kmh: float, count: int) -> StreetCount:
        return msgspec.structs.replace(
            interval(number, car=9),
            speed_kmh={"north/in": {"car": kmh}},
            speed_count={"north/in": {"car": count}},
            occupancy={"north": 0.1 * (number + 1)},
        )

    (movement,) = movements([measured(0, 72.0, 2), measured(1, 24.0, 1), interval(2, car=1)])
    assert movement.kmh == pytest.approx(43.2)
    assert movement.occupancy == pytest.approx(0.15)
    (unmeasured,) = movements([interval(0, car=1)])
    assert (unmeasured.kmh, unmeasured.occupancy) == (None, None)


def test_rows_have_speed_and_occupancy_or_nothing() -> None:
    told = msgspec.structs.replace(
        interval(0, car=9, bus=1),
        speed_kmh={"north/in": {"car": 30.0}},
        speed_count={"north/in": {"car": 4}},
        occupancy={"north": 0.25},
    )
    rows = {row.kind: row for row in count_rows([told])}
    assert (rows["car"].speed_kmh, rows["car"].speed_count, rows["car"].occupancy) == (30, 4, 0.25)
    assert (rows["bus"].speed_kmh, rows["bus"].occupancy) == (None, 0.25)
    *_, empty = count_rows([told, gap(1)])
    assert (empty.speed_kmh, empty.speed_count, empty.occupancy) == (None, None, None)
