"""What crossed a street in a quarter of an hour."""

import msgspec
import pytest
from lamplighter_controller.domain.street.gap_reasons import (
    notes_of,
    others_s,
    trouble_of,
    unproven_in,
)
from lamplighter_controller.domain.street.intervals import (
    INTERVAL_S,
    StreetInterval,
    gap,
    together,
)
from lamplighter_controller.domain.street.window_intervals import (
    intervals_of,
    intervals_of_summaries,
)
from lamplighter_controller.domain.telemetry.conditions import conditions_of
from lamplighter_controller.domain.telemetry.summary import ReceivedWindow, summaries_of
from lamplighter_controller.domain.variants import MEASURED, VariantSpec
from lamplighter_wire.messages import OperatingPoint, Pace, Regime, Telemetry
from lamplighter_wire.street.count_error import CountError

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
    return intervals_of(windows)


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


@pytest.mark.parametrize(
    ("windows_like", "trouble"),
    [
        (
            {"serving": OperatingPoint()},
            "nothing was watched: no model served it for 900 s",
        ),
        ({"dropped": 40}, "nothing was watched: its frames failed for 900 s"),
        ({"source_state": "lost"}, "nothing was watched: the camera was lost for 900 s"),
    ],
)
def test_time_in_which_nothing_was_looked_at_is_a_gap(
    windows_like: dict[str, object], trouble: str
) -> None:
    idle = {"frames": 0, "counts": {}} | windows_like
    windows = [window(n, **idle) for n in range(90)]
    (interval,) = intervals(windows)
    assert interval.watched_s == 0.0
    assert trouble_of(interval, INTERVAL_S) == trouble
    kept = summaries_of(ReceivedWindow(w, conditions_of(w), BEGIN) for w in windows)
    assert intervals_of_summaries(kept) == [interval]


def test_frames_that_failed_within_the_same_conditions_are_missing() -> None:
    failed = [window(n, frames=0, dropped=50, counts={}) for n in range(0, 90, 3)]
    (interval,) = intervals([*failed, *(window(n) for n in range(90) if n % 3)])
    assert (interval.watched_s, interval.failed_s) == (600.0, 300.0)
    assert trouble_of(interval, INTERVAL_S) == "300 s are missing: its frames failed for 300 s"


def test_frames_that_rested_were_watched() -> None:
    (interval,) = intervals([window(n, frames=0, rested=50, counts={}) for n in range(90)])
    assert interval.watched_s == 900.0
    assert trouble_of(interval, INTERVAL_S) == ""


def test_seconds_are_those_that_the_agent_tells_and_never_more_than_the_window() -> None:
    came_back = window(0, watched_s=1.0, lost_s=9.0)
    began = window(1, watched_s=4.0)
    hostile = window(2, watched_s=99.0, lost_s=-5.0)
    (interval,) = intervals([came_back, began, hostile])
    assert (interval.watched_s, interval.lost_s, interval.failed_s) == (15.0, 9.0, 6.0)
    assert interval.told_s == 30.0


def test_what_it_did_not_tell_of_is_told_beside_what_it_did() -> None:
    (interval,) = intervals([window(0), window(1, source_state="lost", counts={})])
    assert trouble_of(interval, INTERVAL_S) == (
        "890 s are missing: the camera was lost for 10 s; the device told nothing for 880 s"
    )


def test_lines_that_changed_within_a_quarter_leave_nothing_missing() -> None:
    first, second = both = intervals([window(n, street=1 + (n >= 30)) for n in range(90)])
    assert [others_s(one, both) for one in both] == [600.0, 300.0]
    assert trouble_of(first, INTERVAL_S, others_s(first, both)) == (
        "lines changed: others were in force for 600 s"
    )
    assert trouble_of(second, INTERVAL_S, 200.0) == (
        "100 s are missing: the device told nothing; lines changed: others were in force for 200 s"
    )
    assert others_s(first, [*both, StreetInterval(device="cam-1", stream="b", start=0.0, street=9,
                                                  watched_s=9.0)]) == 600.0  # fmt: skip


def test_a_swap_a_trial_and_regimes_that_nobody_measured_are_told_beside_the_counts() -> None:
    night = Regime(light="night")
    at = {"serving": OperatingPoint(variant="v1", width=384, height=288)}
    other = OperatingPoint(variant="v2")
    windows = [window(0, **at), window(1, **at, regime=night, disturbed=True)]
    (interval,) = intervals([*windows, window(2, serving=other)])
    assert notes_of(interval, set()) == [
        "the model was swapped: 2 served",
        "a model was on trial for 10 s",
    ]
    errors = {"384x288": {str(Regime()): [CountError(fps=6.0, error=0.1)]}}
    proven = VariantSpec(id="v1", count_errors=errors, counts_basis=MEASURED)
    (alone,) = intervals(windows)
    assert unproven_in(alone, {"v1": proven}) == {str(night)}
    expected = msgspec.structs.replace(proven, counts_basis="estimate")
    assert unproven_in(alone, {"v1": expected}) == {str(Regime()), str(night)}
    assert unproven_in(alone, {}) == set(), "of what nobody knows nothing is said"
    assert notes_of(alone, {str(night)})[-1] == "counts were never measured in night-dry-free"


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
