"""What crossed a street in a quarter of an hour."""

import msgspec
import pytest
from lamplighter_controller.domain.street.intervals import (
    INTERVAL_S,
    StreetInterval,
    gap,
    intervals_of,
    together,
    trouble_of,
)
from lamplighter_controller.domain.telemetry.conditions import conditions_of
from lamplighter_controller.domain.telemetry.summary import ReceivedWindow, summaries_of
from lamplighter_wire.messages import OperatingPoint, Pace, Regime, Telemetry

BEGIN = 1.8e9


def window(number: int, **fields: object) -> Telemetry:
    usual = {
        "device": "cam-1",
        "seq": number,
        "start": BEGIN + 10 * number,
        "seconds": 10.0,
        "frames": 50,
        "counts": {"north/in": {"car": 1}},
        "serving": OperatingPoint(variant="v1"),
    }
    return Telemetry(**(usual | fields))  # type: ignore[arg-type]


def intervals(windows: list[Telemetry]) -> list[StreetInterval]:
    return intervals_of(summaries_of(ReceivedWindow(w, conditions_of(w), BEGIN) for w in windows))


def test_windows_of_a_quarter_are_one_interval_whatever_served() -> None:
    served = [window(n, serving=OperatingPoint(variant=f"v{n % 2}")) for n in range(90)]
    first, second = intervals([*served, window(90)])
    assert (first.start, second.start) == (BEGIN, BEGIN + INTERVAL_S)
    assert (first.watched_s, first.frames, first.counts) == (900.0, 4500, {"north/in": {"car": 90}})
    assert first.variants_s == {"v0": 450.0, "v1": 450.0}
    assert trouble_of(first, INTERVAL_S) == ""
    assert "890 s are missing" in trouble_of(second, INTERVAL_S)


def test_time_without_a_camera_is_no_watched_time_and_says_so() -> None:
    lost = [window(n, source_state="lost", counts={}) for n in range(30, 90)]
    (interval,) = intervals([*(window(n) for n in range(30)), *lost])
    assert (interval.watched_s, interval.lost_s) == (300.0, 600.0)
    assert trouble_of(interval, INTERVAL_S) == "600 s are missing: the camera was lost for 600 s"


def test_a_trial_is_told_apart_and_regimes_have_their_seconds() -> None:
    night = Regime(light="night")
    windows = [window(0, disturbed=True), *(window(n, regime=night) for n in range(1, 4))]
    (interval,) = intervals(windows)
    assert interval.trial_s == 10.0
    assert interval.regimes_s == {str(Regime()): 10.0, str(night): 30.0}


def test_counts_over_other_lines_are_not_added_to_those_of_before() -> None:
    before, after = intervals([window(0, street=1), window(1, street=2)])
    assert (before.street, after.street) == (1, 2)
    assert before.counts == after.counts == {"north/in": {"car": 1}}


def test_putting_together_in_any_order_comes_to_the_same() -> None:
    parts = [interval for n in range(6) for interval in intervals([window(n)])]
    assert together(parts) == together(together(parts[3:]) + parts[:3])
    hour = together(parts, 3600)
    assert [interval.counts for interval in hour] == [{"north/in": {"car": 6}}]


def test_what_nobody_watched_says_so() -> None:
    assert trouble_of(gap("cam-1", "", BEGIN), 900) == (
        "nothing was watched: the device told nothing"
    )


@pytest.mark.parametrize("watched_s", [860.0, 900.0, 905.0])
def test_a_window_at_the_edge_leaves_it_complete(watched_s: float) -> None:
    interval = StreetInterval(device="cam-1", start=BEGIN, watched_s=watched_s)
    assert trouble_of(interval, INTERVAL_S) == ""


def test_speeds_are_put_together_by_the_time_that_a_kilometre_took() -> None:
    """Two at 72 km/h and one at 24: their space mean is 3 / (2 / 72 + 1 / 24), not 56."""
    fast, slow = Pace(count=2, s_per_km=50.0), Pace(count=1, s_per_km=150.0)
    windows = [
        window(0, paces={"b/in": {"car": fast}}),
        window(1, paces={"b/in": {"car": slow, "bus": fast}}, serving=OperatingPoint(variant="v2")),
        window(2),
    ]
    (interval,) = intervals(windows)
    pace = interval.paces["b/in/car"]
    assert (pace.weight, 3600 / pace.mean) == (3.0, pytest.approx(43.2))
    assert interval.paces["b/in/bus"].weight == 2.0
    again = msgspec.json.decode(msgspec.json.encode(interval), type=StreetInterval)
    (both,) = together([again, again])
    assert both.paces["b/in/car"] == (6.0, pytest.approx(pace.mean))


def test_occupancy_is_of_the_time_that_was_watched() -> None:
    windows = [
        window(0, occupancy={"north": 0.5, "square": 0.0}),
        window(1, seconds=30.0, occupancy={"north": 0.1}),
        window(2, source_state="lost", counts={}),
        window(3, occupancy={"north": 7.0}),
    ]
    (interval,) = intervals(windows)
    assert interval.occupancy["north"] == (40.0, pytest.approx(0.2))
    assert interval.occupancy["square"] == (10.0, 0.0)


def test_what_was_not_measured_is_not_there_and_rows_of_before_are_read() -> None:
    (interval,) = intervals([window(0)])
    assert (interval.paces, interval.occupancy) == ({}, {})
    old = b'{"device":"cam-1","start":1.8e9,"watched_s":9.0,"counts":{}}'
    assert msgspec.json.decode(old, type=StreetInterval).paces == {}
