"""Policies replayed over recorded tables."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_demo.comparison.policy_replay import (
    POLICIES,
    DeviceTable,
    MeasuredPoint,
    ServedPoint,
    TimelineRow,
    best_fixed,
    compare,
)
from lamplighter_wire.messages import Limits


def point(variant, p50, ap_free, ap_jam, precision="fp32", energy=None) -> MeasuredPoint:
    return MeasuredPoint(
        variant=variant,
        size="384x288",
        precision=precision,
        latency_p50_ms=p50,
        latency_p95_ms=1.2 * p50,
        energy_mj_per_frame=4 * p50 if energy is None else energy,
        ap50={"rush": ap_free, "jam": ap_jam},
    )


STRONG = point("strong", 150, 0.82, 0.80)
LIGHT = point("light", 40, 0.75, 0.55, "int8")
ROWS = (
    TimelineRow(0, 10, "rush", "day-dry-free", 12.0),
    TimelineRow(10, 10, "jam", "day-dry-jam", 4.0),
    TimelineRow(20, 10, "rush", "day-dry-free", 12.0),
)
TABLE = DeviceTable(
    device="cam",
    rows=ROWS,
    points=(STRONG, LIGHT),
    adaptive=(
        ServedPoint(0, LIGHT.key),
        ServedPoint(10, STRONG.key),
        ServedPoint(20, LIGHT.key),
    ),
    ladder=(LIGHT.key,),
    idle_w=1.0,
)


def test_the_arithmetic_of_one_fixed_policy():
    figures = compare([TABLE]).per_device["cam"]["fixed_fp32"]
    served = 20 * (1000 / 150) + 10 * 4
    assert figures.frames_demanded == 280
    assert figures.frames_served == pytest.approx(served)
    assert figures.frames_dropped == pytest.approx(280 - served)
    assert figures.accuracy_delivered == pytest.approx((20 * 1000 / 150 * 0.82 + 40 * 0.80) / 280)
    assert figures.energy_j == pytest.approx(30 + served * 0.6)
    assert (figures.breach_s, figures.breaches) == (20, 2)


def test_adaptive_beats_every_fixed_choice_where_the_trade_off_turns():
    result = compare([TABLE])
    assert set(result.policies) == set(POLICIES)
    adaptive = result.policies["adaptive"]
    assert adaptive.breach_s == 0
    for name in ("ladder_only", "best_fixed_per_device", "fixed_fp32", "fixed_int8"):
        other = result.policies[name]
        assert (adaptive.breach_s, -adaptive.accuracy_delivered) < (
            other.breach_s,
            -other.accuracy_delivered,
        )
    assert result.best_fixed == {"cam": LIGHT.key}
    assert "beats" in result.verdict[0]


def test_a_loss_is_said():
    lazy = replace(TABLE, adaptive=(ServedPoint(0, STRONG.key),))
    assert "does not beat" in compare([lazy]).verdict[0]
    still = replace(TABLE, adaptive=(ServedPoint(0, LIGHT.key),))
    assert "equals" in compare([still]).verdict[0]


def test_a_full_ladder_that_reacts_at_once_equals_adapting_and_a_slow_one_does_not():
    both = replace(TABLE, ladder=(LIGHT.key, STRONG.key))
    at_once = compare([both]).policies
    assert at_once["ladder_only"] == at_once["adaptive"]
    late = compare([both], ladder_delay_s=10.0).policies["ladder_only"]
    assert late.accuracy_delivered < at_once["adaptive"].accuracy_delivered


def test_the_ladder_picks_by_promise_and_is_charged_what_was_measured():
    wrong = replace(STRONG, expected_ap50={"day-dry-jam": 0.1})
    table = replace(TABLE, points=(wrong, LIGHT), ladder=(LIGHT.key, wrong.key))
    light_only = compare([TABLE]).policies["ladder_only"]
    assert compare([table]).policies["ladder_only"] == light_only


def test_power_and_memory_count_as_breaches_and_caps_are_respected():
    hot = replace(TABLE, limits=Limits(power_w=1.5))
    powers = compare([hot]).per_device["cam"]["fixed_int8"]
    assert powers.breach_s == 30  # 1 W idle + 12 × 0.16 J; in the jam 1 W + 4 × 0.16 J
    capped = replace(LIGHT, fps_cap=3.0)
    calm = compare([replace(hot, points=(STRONG, capped))]).per_device["cam"]["fixed_int8"]
    assert calm.breach_s == 0
    assert calm.frames_dropped == pytest.approx(280 - 90)


def test_a_cap_of_the_plan_is_charged_to_adapting():
    held = replace(TABLE, adaptive=(ServedPoint(0, LIGHT.key, fps_cap=3.0),))
    adaptive = compare([held]).per_device["cam"]["adaptive"]
    assert adaptive.frames_dropped == pytest.approx(280 - 90)


def test_what_a_bound_for_counts_leaves_out_is_not_lost():
    held = replace(TABLE, adaptive=(ServedPoint(0, LIGHT.key, fps_cap=3.0),), for_counts=True)
    adaptive = compare([held]).per_device["cam"]["adaptive"]
    assert (adaptive.frames_demanded, adaptive.frames_dropped) == (90, 0)
    assert compare([held]).verdict[0].endswith("; plans were made for counts")


def test_what_was_served_must_have_been_measured():
    with pytest.raises(ValueError, match="ghost@384x288 was served but never measured"):
        compare([replace(TABLE, adaptive=(ServedPoint(0, "ghost@384x288"),))])


def test_a_point_without_accuracy_in_some_phase_cannot_be_the_best_fixed_one():
    partial = replace(STRONG, variant="partial", ap50={"jam": 0.99}, latency_p50_ms=1.0)
    got = best_fixed(replace(TABLE, points=(*TABLE.points, partial)))
    assert got is not None and got.variant != "partial"


def test_devices_are_summed_by_their_frames_and_the_report_is_json():
    other = replace(TABLE, device="cam-2", adaptive=(ServedPoint(0, LIGHT.key),))
    result = compare([TABLE, other])
    a, b = (result.per_device[d]["adaptive"] for d in ("cam", "cam-2"))
    both = result.policies["adaptive"]
    assert both.energy_j == pytest.approx(a.energy_j + b.energy_j)
    assert both.accuracy_delivered == pytest.approx(
        (a.accuracy_delivered + b.accuracy_delivered) / 2
    )
    report = json.loads(json.dumps(result.as_dict()))
    assert set(POLICIES) <= set(report)


def test_no_device_no_figures():
    result = compare([])
    assert result.policies == {} and result.verdict == ()


measured = st.builds(
    lambda i, p50, a, b, p: point(f"v{i}", p50, a, b, p),
    st.integers(0, 20),
    st.floats(5, 500),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(["fp32", "int8"]),
)


@settings(max_examples=60, deadline=None)
@given(points=st.lists(measured, min_size=1, max_size=5, unique_by=lambda p: p.key))
def test_no_fixed_policy_is_better_than_the_one_of_hindsight(points):
    first = points[0].key
    table = DeviceTable("d", ROWS, tuple(points), (ServedPoint(0, first),), (first,))
    result = compare([table]).per_device["d"]
    best = result["best_fixed_per_device"]
    for name in ("fixed_fp32", "fixed_int8", "adaptive"):
        if name in result:
            other = result[name]
            assert best.breach_s <= other.breach_s
            if best.breach_s == other.breach_s:
                assert best.accuracy_delivered >= other.accuracy_delivered - 0.005 - 1e-9
    for figures in result.values():
        assert 0 <= figures.frames_served <= figures.frames_demanded + 1e-9
        assert figures.accuracy_delivered <= figures.accuracy + 1e-9


def test_the_delay_of_the_ladder_is_told_with_the_figures() -> None:
    assert compare([], ladder_delay_s=4.5).as_dict()["ladder_delay_s"] == 4.5
