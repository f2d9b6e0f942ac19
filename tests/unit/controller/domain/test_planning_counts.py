"""Plans where counts are the objective: the frame rate is chosen with the point."""

from dataclasses import replace

import msgspec
import pytest
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import Plan, choose, trades
from lamplighter_controller.domain.policy.policy import DEFAULTS, OBJECTIVES, checked_changes
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.switching import Trigger, decide, switch_rule
from lamplighter_controller.domain.variants import MEASURED, VariantSpec
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import Prediction
from lamplighter_wire.street.count_error import CountError
from lamplighter_wire.street.counting_boxes import COST_WITHOUT, MOST_OVERLAP
from lamplighter_wire.tasks.detection import REGIMES

from tests.simulators.planning import SIZES, make_probe, make_spec, make_view

COUNTS = msgspec.structs.replace(DEFAULTS, objective=OBJECTIVES.index("counts"))
DETECTION = msgspec.structs.replace(DEFAULTS, objective=OBJECTIVES.index("detection"))
# Frame rate -> error that it adds.
RATES = {3.0: 0.04, 6.25: 0.0, 12.5: 0.0}


def counting(name: str, error: float, **more) -> VariantSpec:
    """A variant whose counts are so far off at any size, and further at few frames."""
    rows = [CountError(fps=fps, error=error + add, high=1.0) for fps, add in RATES.items()]
    table = {size: dict.fromkeys(REGIMES, rows) for size in SIZES}
    return make_spec(name, count_errors=table, counts_basis=MEASURED, **more)


def for_counts(fps: float = 12.0, **caps) -> DeviceView:
    return replace(make_view(fps, **caps), policy=COUNTS)


def planned(view: DeviceView, *specs: VariantSpec) -> Plan:
    return choose(view, Objective(), specs, Predictor())


def test_a_point_that_counts_well_beats_one_that_detects_well():
    sharp, steady = counting("sharp", 0.20, ap50=0.85), counting("steady", 0.12, ap50=0.70)
    by_counts = planned(for_counts(), sharp, steady).primary
    by_boxes = planned(replace(for_counts(), policy=DETECTION), sharp, steady).primary
    assert by_counts is not None and by_counts.spec.id == "steady"
    assert by_boxes is not None and by_boxes.spec.id == "sharp" and by_boxes.point.fps == 0


def test_counts_are_the_default_and_detection_where_nothing_is_known_of_them():
    sharp, steady = counting("sharp", 0.20, ap50=0.85), counting("steady", 0.12, ap50=0.70)
    unknown = [make_spec("sharp", ap50=0.85), make_spec("steady", ap50=0.70)]
    by_counts = planned(make_view(12.0), sharp, steady).primary
    by_boxes = planned(make_view(12.0), *unknown).primary
    assert by_counts is not None and by_counts.spec.id == "steady" and by_counts.for_counts
    assert by_boxes is not None and by_boxes.spec.id == "sharp" and not by_boxes.for_counts


def test_the_plan_promises_what_it_maximised_and_says_so():
    plan = planned(for_counts(), counting("a", 0.12))
    assert plan.primary is not None and plan.primary.point.fps == 6.25
    said = plan.primary.predicted
    assert (said.count_error, said.count_error_basis) == (0.12, MEASURED)
    assert any("counts expected 12% off" in reason for reason in plan.reasons)
    assert any("6.2 of 12.0 frames/s demanded" in reason for reason in plan.reasons)
    assert not plan.degraded, "more frames are worth nothing"


def test_what_counts_as_well_costs_least_in_a_second():
    small, large = counting("small", 0.125, work=0.3), counting("large", 0.12)
    plan = planned(for_counts(), small, large)
    assert plan.primary is not None and plan.primary.spec.id == "small"
    assert any("within 1 points of the least error" in reason for reason in plan.reasons)
    turned = {a.spec.id: a.rejected_because for a in plan.alternatives}
    assert "more energy" in turned["large"]


def test_limits_come_first():
    slow = make_probe(fp32=0.6, int8=0.6)
    plan = planned(for_counts(probe=slow), counting("a", 0.12))
    assert plan.primary is not None and plan.primary.feasible
    assert plan.primary.point.fps <= plan.primary.fps_limit
    nothing = planned(for_counts(probe=make_probe(60.0, 60.0)), counting("a", 0.12))
    assert nothing.primary is None and "nothing fits" in nothing.reasons[0]


def test_where_no_counts_are_known_plans_are_as_they_were():
    spec = make_spec("a")
    assert planned(for_counts(), spec) == planned(replace(for_counts(), policy=DETECTION), spec)


def test_a_demand_that_swings_above_the_bound_moves_nothing():
    spec = counting("a", 0.12)
    first = planned(for_counts(8.0), spec).primary
    assert first is not None
    later = replace(for_counts(14.0), serving=first.point)
    decision = decide(later, Trigger(TriggerKind.SHIFT), Objective(), [spec], Predictor())
    assert not decision.deploy


def test_a_switch_must_save_errors_or_energy():
    plan = planned(for_counts(), counting("a", 0.20))
    better = planned(for_counts(), counting("b", 0.17)).primary
    equal = planned(for_counts(), counting("c", 0.195)).primary
    assert plan.primary is not None and better is not None and equal is not None
    verdict = switch_rule(plan.primary, better, 12.0, COUNTS)
    assert (verdict.why, round(verdict.gain, 1)) == ("counts", 3.0)
    assert not switch_rule(plan.primary, equal, 12.0, COUNTS).switch


def test_each_regime_of_the_ladder_has_its_rate():
    rows = {
        regime: [
            CountError(fps=3.0, error=0.3 if "jam" in regime else 0.1),
            CountError(fps=12.5, error=0.1),
        ]
        for regime in REGIMES
    }
    spec = make_spec("a", count_errors=dict.fromkeys(SIZES, rows), counts_basis=MEASURED)
    other = make_spec(
        "b", ap50=0.6, work=0.2, count_errors=dict.fromkeys(SIZES, rows), counts_basis=MEASURED
    )
    plan = planned(for_counts(), spec, other)
    assert plan.primary is not None and plan.primary.point.fps == 3.0, "it is free now"
    caps = {regime: rung.point.fps for rung in plan.ladder for regime in rung.regimes}
    assert caps["day-dry-free"] == 3.0


def test_what_is_traded_names_counts():
    worse = Prediction(count_error=0.2, count_error_basis=MEASURED)
    better = Prediction(count_error=0.1, count_error_basis=MEASURED)
    assert "counts" in trades(worse, better)
    assert "counts" not in trades(Prediction(), better), "of one nothing is known"


@pytest.mark.parametrize("given", ["counts", "1", 1])
def test_the_objective_is_set_by_its_name(given):
    assert checked_changes({"objective": given}) == {"objective": 1}


def test_an_objective_that_is_none_is_refused():
    with pytest.raises(ValueError, match="one of detection, counts"):
        checked_changes({"objective": "speed"})


def test_points_count_by_more_boxes_than_are_shown_and_none_twice():
    spec = counting("a", 0.12, thresholds={"": 0.4, "day-dry-free": 0.35})
    by_counts = planned(for_counts(), spec).primary
    by_boxes = planned(replace(for_counts(), policy=DETECTION), spec).primary
    assert by_counts is not None and by_boxes is not None
    assert by_counts.point.thresholds == {"": 0.25}
    assert by_counts.point.most_overlap == MOST_OVERLAP
    assert (by_boxes.point.thresholds, by_boxes.point.most_overlap) == ({}, 0.0)


def test_a_device_that_served_for_detection_takes_the_boxes_to_count_by():
    spec = counting("a", 0.12)
    before = planned(replace(for_counts(), policy=DETECTION), spec).primary
    assert before is not None
    view = replace(for_counts(), serving=before.point, resident=("a",))
    decision = decide(view, Trigger(TriggerKind.PLAN), Objective(), [spec], Predictor())
    assert decision.deploy and decision.verdict.why in ("counts", "energy")
    assert decision.target is not None and decision.target.point.most_overlap == MOST_OVERLAP
    again = replace(view, serving=decision.target.point)
    assert not decide(again, Trigger(TriggerKind.PLAN), Objective(), [spec], Predictor()).deploy


def test_plans_for_detection_say_how_far_their_counts_are_off():
    spec = counting("a", 0.12)
    plan = planned(replace(for_counts(), policy=DETECTION), spec)
    assert plan.primary is not None and plan.primary.predicted.count_error_basis == MEASURED
    assert plan.primary.predicted.count_error > 0.12, "by the boxes that are shown"


def test_each_rung_says_it_of_its_own_regime():
    rows = {r: [CountError(fps=6.0, error=0.3 if "jam" in r else 0.1)] for r in REGIMES}
    tables = dict.fromkeys(SIZES, rows)
    small, large = (
        make_spec(name, ap50=ap50, work=work, count_errors=tables, counts_basis=MEASURED)
        for name, ap50, work in (("small", 0.5, 0.1), ("large", 0.8, 1.0))
    )
    view = replace(for_counts(3.0), policy=DETECTION, fps_by_regime={"day-dry-jam": 60.0})
    for rung in planned(view, small, large).ladder:
        for regime in rung.regimes[:1]:
            expected = 0.3 if "jam" in regime else 0.1
            assert rung.predicted.count_error == pytest.approx(expected + COST_WITHOUT)
