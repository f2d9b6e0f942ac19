"""Switch rule, answers to shifts and breaches, and what a switch was worth afterwards."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.justification import MeasuredPoint, justify
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.operating_points import Choice
from lamplighter_controller.domain.prediction.experience import Experience
from lamplighter_controller.domain.prediction.predictor import Predictor, observed
from lamplighter_controller.domain.switching import Trigger, decide, switch_rule
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import (
    Capabilities,
    Limits,
    OperatingPoint,
    Prediction,
    Probe,
    ProbeEntry,
    Regime,
    Workload,
)
from lamplighter_wire.tasks.detection import REGIMES


def make_choice(ap50=0.7, energy=100.0, broken=0.0, cap=0.0, name="a") -> Choice:
    """A judged point with nothing but the figures the switch rule looks at."""
    return Choice(
        spec=VariantSpec(id=name),
        point=OperatingPoint(variant=name, fps=cap),
        predicted=Prediction(expected_ap50=ap50, energy_mj_per_frame=energy),
        fps=cap or 10.0,
        broken={"latency": broken} if broken else {},
    )


@pytest.mark.parametrize(
    ("incumbent", "candidate", "why"),
    [
        (None, make_choice(), "first"),
        (make_choice(broken=0.2), make_choice(ap50=0.4), "mend"),
        (make_choice(broken=0.2), make_choice(broken=0.3), ""),
        (make_choice(), make_choice(ap50=0.9, broken=0.1), ""),
        (make_choice(), make_choice(ap50=0.71), "accuracy"),
        (make_choice(), make_choice(ap50=0.709), ""),
        (make_choice(), make_choice(energy=90), "energy"),
        (make_choice(), make_choice(energy=91), ""),
        (make_choice(), make_choice(ap50=0.695, energy=90), "energy"),
        (make_choice(), make_choice(ap50=0.69, energy=50), ""),
        (make_choice(cap=5.0), make_choice(), "accuracy"),
        (make_choice(), make_choice(cap=5.0), ""),
    ],
)
def test_switch_rule(incumbent, candidate, why):
    verdict = switch_rule(incumbent, candidate, 10.0)
    assert verdict.why == why
    assert verdict.switch == bool(why)
    assert not why or why == "first" or verdict.gain > 0


choices = st.builds(
    make_choice,
    st.floats(0, 1),
    st.floats(1, 1000),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.sampled_from([0.0, 3.0, 9.0]),
)


@given(a=choices, b=choices)
def test_a_switch_is_never_undone_under_the_same_workload(a, b):
    if switch_rule(a, b, 10.0).switch:
        assert not switch_rule(b, a, 10.0).switch
    assert not switch_rule(a, a, 10.0).switch


def make_spec(name, free, jam, mmac, precision="fp32", **more) -> VariantSpec:
    table = {r: jam if r.endswith("jam") else free for r in REGIMES}
    fields = {
        "precision": precision,
        "size_bytes": 1_000_000,
        "mmac": {"384x288": mmac},
        "expected_ap50": {"384x288": table},
        "manifest": name,
    }
    return VariantSpec(id=name, **{**fields, **more})


# In a jam the strong network pays; in free flow only the light one keeps up.
STRONG = make_spec("strong", 0.82, 0.78, 1000)
LIGHT = make_spec("light", 0.75, 0.60, 250)
CATALOGUE = [STRONG, LIGHT]


def make_view(density="free", fps=12.0, serving="light", resident=("light",), **more):
    probe = Probe(
        entries=[
            ProbeEntry(name="dense_fp32", latency_p50_ms=1.0, latency_p95_ms=1.2, work_mmac=10)
        ]
    )
    caps = Capabilities(runtimes={"onnxruntime": "1"}, active_w_per_core=4.0)
    point = OperatingPoint(variant=serving) if serving else None
    return DeviceView(
        id="cam",
        capabilities=caps,
        probe=probe,
        workload=Workload(regime=Regime(density=density), fps_demand=fps),
        serving=point,
        resident=resident,
        **more,
    )


def answer(view, kind=TriggerKind.SHIFT, catalogue=CATALOGUE, predictor=None, answered_by=None):
    rung = OperatingPoint(variant=answered_by) if answered_by else None
    trigger = Trigger(kind, answered_by=rung)
    return decide(view, trigger, Objective(), catalogue, predictor or Predictor())


def test_the_first_plan_is_deployed():
    got = answer(make_view(serving=None, resident=()), TriggerKind.PLAN)
    assert (got.kind, got.deploy, got.verdict.why) == ("cached", True, "first")


@pytest.mark.parametrize(
    ("resident", "built", "kind"),
    [
        (("light", "strong"), True, "ladder"),
        (("light",), True, "cached"),
        (("light",), False, "rebuilt"),
    ],
)
def test_a_jam_is_answered_by_the_cheapest_road(resident, built, kind):
    catalogue = [msgspec.structs.replace(STRONG, manifest="m" * built), LIGHT]
    got = answer(make_view("jam", 4.0, resident=resident), catalogue=catalogue)
    assert (got.kind, got.deploy) == (kind, True)
    assert got.target is not None and got.target.spec.id == "strong"
    assert got.verdict.why == "accuracy" and got.verdict.gain == pytest.approx(18)
    assert got.plan.build == (() if built else ("strong",))


def test_a_rung_that_already_answers_is_left_alone():
    view = make_view("jam", 4.0, resident=("light", "strong"))
    got = answer(view, answered_by="strong")
    assert (got.kind, got.deploy, got.target) == ("ladder", False, None)
    assert "strong@384x288" in got.reasons[0]


def test_a_rung_that_answers_worse_than_the_catalogue_is_replaced():
    middle = make_spec("middle", 0.78, 0.65, 500)
    view = make_view("jam", 4.0, resident=("light", "middle"))
    got = answer(view, catalogue=[*CATALOGUE, middle], answered_by="middle")
    assert (got.kind, got.deploy) == ("cached", True)


def test_a_shift_that_changes_nothing_is_answered_by_nothing():
    got = answer(make_view("free", 12.0))
    assert (got.kind, got.deploy, got.verdict.switch) == ("none", False, False)


def test_free_flow_after_a_jam_mends_the_frame_rate():
    got = answer(make_view("free", 8.0, serving="strong", resident=("strong", "light")))
    assert (got.kind, got.verdict.why) == ("ladder", "mend")
    assert got.target is not None and got.target.spec.id == "light"


def test_a_breach_is_believed_even_when_the_figures_still_favour_the_incumbent():
    got = answer(
        make_view("jam", 4.0, serving="strong", resident=("strong", "light")), TriggerKind.BREACH
    )
    assert got.verdict.why == "mend" and got.target is not None
    assert got.target.spec.id == "light"


def test_a_refusal_corrects_the_predictor_and_gives_another_plan():
    view = make_view("jam", 4.0)
    first = answer(view)
    assert first.target is not None and first.target.spec.id == "strong"
    seen = observed(view, STRONG, 384, 288, latency_p50_ms=400, latency_p95_ms=500)
    again = answer(view, TriggerKind.REJECTED, predictor=Experience([seen]).predictor(view))
    assert not again.deploy and again.kind == "none"


def test_a_demand_beyond_the_device_is_capped_without_bytes_and_lifted_again():
    only = [STRONG]
    capped = answer(make_view("jam", 20.0, "strong", ("strong",)), catalogue=only)
    assert capped.kind == "ladder" and capped.target is not None
    point = capped.target.point
    assert 0 < point.fps < 20.0
    held = replace(make_view("jam", 20.0, "strong", ("strong",)), serving=point)
    assert not answer(held, catalogue=only).deploy
    seen = observed(held, STRONG, 384, 288, latency_p50_ms=30, latency_p95_ms=35)
    lifted = answer(held, TriggerKind.PLAN, only, Experience([seen]).predictor(held))
    assert lifted.deploy and lifted.target is not None and lifted.target.point.fps == 0


@settings(max_examples=60, deadline=None)
@given(
    figures=st.lists(
        st.tuples(st.floats(0.3, 0.9), st.floats(0.3, 0.9), st.floats(10, 3000)), max_size=6
    ),
    density=st.sampled_from(["free", "jam"]),
    fps=st.floats(1, 30),
)
def test_one_decision_settles_the_device(figures, density, fps):
    catalogue = [make_spec(f"v{i}", *f) for i, f in enumerate(figures)]
    view = make_view(density, fps, serving=None, resident=())
    first = answer(view, TriggerKind.PLAN, catalogue)
    if first.target is None:
        return
    settled = replace(view, serving=first.target.point, resident=(first.target.spec.id,))
    for kind in (TriggerKind.PLAN, TriggerKind.SHIFT, TriggerKind.REJECTED):
        assert not answer(settled, kind, catalogue).deploy


@pytest.mark.parametrize(
    ("before", "after", "unit", "gain", "justified"),
    [
        (MeasuredPoint(150, 10, 0.9), MeasuredPoint(90, 10, 0.7), "limit share", 0.5, True),
        (MeasuredPoint(90, 10, 0.7), MeasuredPoint(110, 10, 0.9), "limit share", -0.1, False),
        (MeasuredPoint(90, 10, 0.7), MeasuredPoint(90, 20, 0.72), "points", 2.0, True),
        (MeasuredPoint(90, 10, 0.7), MeasuredPoint(90, 5, 0.68), "points", -2.0, False),
        (MeasuredPoint(90, 10, 0.7), MeasuredPoint(90, 8, 0.699), "percent energy", 20.0, True),
        (MeasuredPoint(90, 10, 0.7), MeasuredPoint(90, 10, 0.7), "percent energy", 0.0, False),
        (
            MeasuredPoint(150, 10, 0.8),
            MeasuredPoint(90, 10, 0.8, fps_cap=4),
            "limit share",
            0.5,
            True,
        ),
        (MeasuredPoint(90, 10, 0.8, fps_cap=4), MeasuredPoint(90, 10, 0.75), "points", 11.0, True),
    ],
)
def test_a_switch_without_measured_gain_is_not_justified(before, after, unit, gain, justified):
    got = justify(before, after, Limits(latency_p95_ms=100.0), fps=5.0)
    assert (got.unit, got.justified) == (unit, justified)
    assert got.replayed_gain == pytest.approx(gain)
    assert got.text
