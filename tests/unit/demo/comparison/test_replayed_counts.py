"""Counts of policies, replayed: which frames each serves, and what follows from what they count."""

import itertools
from pathlib import Path

import pytest
from lamplighter_demo.city.footage import timeline
from lamplighter_demo.comparison.figures import Figures, total, verdicts_by_counts
from lamplighter_demo.comparison.policy_replay import DeviceTable, MeasuredPoint, TimelineRow
from lamplighter_demo.comparison.replayed_counts import (
    Footage,
    Movement,
    chances,
    served_frames,
)

POINT = MeasuredPoint(
    variant="int8-full",
    size="384x288",
    precision="int8",
    latency_p50_ms=20.0,
    latency_p95_ms=24.0,
    energy_mj_per_frame=50.0,
)
FOOTAGE = Footage(Path("clips"), timeline(100.0, 40.0, 10.0))


def rows(*demands: float) -> tuple[TimelineRow, ...]:
    """Five seconds each, from the beginning of the day on."""
    return tuple(
        TimelineRow(140.0 + 5 * n, 5.0, FOOTAGE.line.phase_at(142.5 + 5 * n), "day-dry-free", fps)
        for n, fps in enumerate(demands)
    )


def frames(*demands: float, cap: float = 0.0, latency_ms: float = 20.0) -> list[tuple[str, int]]:
    point = MeasuredPoint(
        **{
            **{name: getattr(POINT, name) for name in POINT.__dataclass_fields__},
            "latency_p50_ms": latency_ms,
            "fps_cap": cap,
        }
    )
    table = DeviceTable("cam", rows(*demands), (point,), ())
    return [(f.phase, f.number) for f in served_frames(table, lambda _row: point, FOOTAGE)]


def test_as_many_frames_are_served_as_are_asked_for_and_none_twice() -> None:
    served = frames(5.0, 5.0, 2.5, 2.5)
    first = FOOTAGE.line.stretches[0].phase.name
    second = FOOTAGE.line.stretches[1].phase.name
    by_phase = {name: [n for p, n in served if p == name] for name in (first, second)}
    assert len(by_phase[first]) == 50
    assert len(by_phase[second]) == 25
    gaps = {b - a for a, b in itertools.pairwise(by_phase[second])}
    assert gaps == {5}
    assert max(by_phase[first]) < FOOTAGE.frames_shown(first) == 125


def test_a_cap_or_a_slow_point_serves_fewer() -> None:
    assert len(frames(5.0, 5.0, cap=2.0)) == 20
    assert len(frames(8.0, 8.0, latency_ms=250.0)) == 40


def counted(off: int, energy_j: float = 100.0) -> Figures:
    return Figures(crossings=100, crossings_off=off, energy_above_idle_j=energy_j)


@pytest.mark.parametrize(
    ("ours", "fixed", "chance", "word"),
    [
        (counted(10), counted(20), (-0.15, -0.05), "beats"),
        (counted(20), counted(10), (0.05, 0.15), "does not beat"),
        (counted(10, 80.0), counted(20, 60.0), (-0.3, 0.1), "does not beat"),
        (counted(10, 80.0), counted(10, 100.0), (-0.1, 0.1), "beats"),
        (counted(10, 100.0), counted(10, 100.5), (-0.1, 0.1), "equals"),
        (Figures(), counted(10), (0.0, 0.0), "not comparable"),
    ],
)
def test_counts_decide_beyond_chance_and_energy_where_they_do_not(
    ours: Figures, fixed: Figures, chance: tuple[float, float], word: str
) -> None:
    policies = {"adaptive": ours, "best_fixed_per_device": fixed}
    (line,) = verdicts_by_counts({"cam": policies}, {"cam": chance}, {"cam": 0.15})
    assert word in line
    assert ("its plans expected an error of 15%" in line) is (ours.count_error is not None)


def test_chance_is_wide_where_few_movements_differ_and_narrow_where_all_do() -> None:
    fixed = [Movement(5, 1) for _ in range(20)]
    once = [Movement(5, 4), *fixed[1:]]
    always = [Movement(5, 2) for _ in range(20)]
    days = {
        "once": {"adaptive": once, "best_fixed_per_device": fixed},
        "always": {"adaptive": always, "best_fixed_per_device": fixed},
        "alone": {"adaptive": once},
    }
    found = chances(days)
    assert found.keys() == {"once", "always"}
    assert found["once"][0] <= 0.0 < found["once"][1]
    assert found["always"] == pytest.approx((0.2, 0.2))


def test_figures_of_devices_add_up_and_say_nothing_of_what_was_not_replayed() -> None:
    summed = total([counted(10), counted(20, 60.0)])
    assert (summed.count_error, summed.energy_above_idle_j) == (0.15, 160.0)
    assert Figures().as_dict()["count_error"] is None
    assert Figures(boxes_right=8, boxes_wrong=2, boxes_missed=2).f1 == pytest.approx(0.8)
