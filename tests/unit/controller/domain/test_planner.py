"""The choice among operating points, and its ladder."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.operating_points import candidates
from lamplighter_controller.domain.planner import choose, trades
from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_controller.domain.prediction.predictor import (
    Predictor,
)
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import (
    Prediction,
    Regime,
    Workload,
)
from lamplighter_wire.rules.limits import violations
from lamplighter_wire.rules.memory import (
    AGENT_BYTES,
    MEASURING_PROCESS_BYTES,
    agent_bytes,
    variant_bytes,
)
from lamplighter_wire.tasks.detection import REGIMES

from tests.simulators.planning import CATALOGUE, make_probe, make_spec, make_view


def test_different_devices_get_different_points_with_reasons():
    strong = choose(make_view(), Objective(), CATALOGUE, Predictor())
    weak_view = make_view(probe=make_probe(0.5, 0.2))
    weak = choose(weak_view, Objective(), CATALOGUE, Predictor())
    assert strong.primary is not None and weak.primary is not None
    assert strong.primary.key == "full-fp32@512x384"
    assert weak.primary.key != strong.primary.key and weak.primary.ap50 < strong.primary.ap50
    assert any("breaks latency" in reason for reason in weak.reasons)
    assert all(a.rejected_because for a in weak.alternatives)


def test_within_half_a_point_the_frugal_variant_is_taken():
    twin = make_spec("full-fp32-lite", "fp32", 0.797, 0.8)
    plan = choose(make_view(), Objective(), [*CATALOGUE, twin], Predictor())
    assert plan.primary is not None and plan.primary.spec.id == "full-fp32-lite"
    assert any("least energy" in reason for reason in plan.reasons)


def test_memory_holds_only_a_small_model():
    need = agent_bytes([variant_bytes(make_spec("half-int8", "int8"), 256, 192)])
    view = make_view(memory_bytes=need + 1000)
    plan = choose(view, Objective(), CATALOGUE, Predictor())
    assert plan.primary is not None and plan.primary.spec.precision == "int8"
    assert plan.primary.predicted.memory_bytes <= need + 1000


def test_a_power_budget_binds_through_average_power():
    view = make_view(fps=10, power_budget_w=1.5)
    plan = choose(view, Objective(), CATALOGUE, Predictor())
    assert plan.primary is not None and not plan.degraded
    assert 1.0 + 10 * plan.primary.energy_mj / 1000 <= 1.5


def test_a_demand_nobody_can_meet_caps_the_rate_and_says_so():
    view = make_view(fps=25, probe=make_probe(1.0, 0.9))
    plan = choose(view, Objective(), CATALOGUE, Predictor())
    assert plan.degraded and plan.primary is not None
    point = plan.primary.point
    assert 0 < point.fps < 25
    assert not violations(plan.primary.predicted, plan.limits, point.fps, 1.0)
    assert any("capped" in r for r in plan.reasons)


@pytest.mark.parametrize(
    ("view", "objective", "specs", "word"),
    [
        (make_view(), Objective(), [], "empty"),
        (make_view(runtimes={}), Objective(), CATALOGUE, "lacks runtime:onnxruntime"),
        (make_view(), Objective(latency_p95_ms=0.5), CATALOGUE, "breaks latency"),
        (make_view(memory_bytes=AGENT_BYTES), Objective(), CATALOGUE, "breaks memory"),
    ],
)
def test_where_nothing_fits_the_plan_says_what_is_missing(view, objective, specs, word):
    plan = choose(view, objective, specs, Predictor())
    assert plan.primary is None and not plan.ladder
    assert word in plan.reasons[0]


def test_how_far_a_limit_is_broken_is_told_in_few_words():
    plan = choose(make_view(), Objective(latency_p95_ms=1e-300), CATALOGUE, Predictor())
    assert "breaks latency by more than 1000%" in plan.reasons[0]
    assert max(map(len, plan.reasons)) < 200


def test_a_refusal_excludes_one_point_or_a_whole_variant():
    view = make_view().refusing("full-fp32@512x384", "OOM")
    plan = choose(view, Objective(), CATALOGUE, Predictor())
    assert plan.primary is not None and plan.primary.key != "full-fp32@512x384"
    assert any("memory is too small" in a.rejected_because for a in plan.alternatives)
    gone = choose(view.refusing("full-fp32", "OOM"), Objective(), CATALOGUE, Predictor())
    assert gone.primary is not None and gone.primary.spec.id != "full-fp32"


def test_what_stands_in_the_way_of_the_device_s_own_task_is_said_first():
    mine = msgspec.structs.replace(make_spec("zoo", "fp32", 0.5), task="detection:zoo")
    view = make_view(task="detection:zoo").refusing("zoo", "SLOWER")
    plan = choose(view, Objective(), [*CATALOGUE, mine], Predictor())
    said = "nothing can run here: zoo: refused on this device: it is slower"
    assert plan.reasons[0].startswith(said)
    assert plan.alternatives[0].spec.id == "zoo"


@pytest.mark.parametrize("reason", [ReasonCode.OOM, ReasonCode.DIED])
def test_what_had_no_room_has_none_at_a_larger_size(reason):
    view = make_view().refusing("full-fp32@384x288", reason)
    plan = choose(view, Objective(), CATALOGUE[:1], Predictor())
    assert plan.primary is not None and plan.primary.key == "full-fp32@256x192"
    slower = make_view().refusing("full-fp32@384x288", ReasonCode.SLOWER)
    larger = choose(slower, Objective(), CATALOGUE[:1], Predictor())
    assert larger.primary is not None and larger.primary.key == "full-fp32@512x384"


def test_a_variant_is_planned_at_sizes_of_its_own():
    tables = {"640x480": dict.fromkeys(REGIMES, 0.9)}
    wide = make_spec("wide", sizes=["640x480"], expected_ap50=tables, mmac={"640x480": 900.0})
    plan = choose(make_view(fps=1.0), Objective(), [*CATALOGUE, wide], Predictor())
    assert plan.primary is not None and plan.primary.key == "wide@640x480"


@given(st.integers(45_000_000, 130_000_000))
def test_memory_of_a_measured_variant_is_planned_without_a_jump(peak: int):
    def planned(memory_bytes: int) -> int:
        spec = make_spec("v", size_bytes=0, memory_bytes=memory_bytes)
        return Predictor().predict(make_view(), spec, 384, 288).memory_bytes

    assert planned(peak) == peak + AGENT_BYTES - MEASURING_PROCESS_BYTES
    assert planned(peak + 200_000) - planned(peak) == 200_000


def test_what_is_not_built_is_planned_with_something_to_serve_meanwhile():
    unbuilt = make_spec("best", ap50=0.9, manifest="")
    plan = choose(make_view(), Objective(), [*CATALOGUE, unbuilt], Predictor())
    assert plan.build == ("best",) and plan.primary is not None
    assert plan.interim is not None and plan.interim.spec.id == "full-fp32"
    others = {r.point.variant for r in plan.ladder} - {"best"}
    assert others <= {s.id for s in CATALOGUE}
    for seconds, waited_for in ((1.5, True), (60.0, False)):
        told = msgspec.structs.replace(unbuilt, build_seconds=seconds)
        again = choose(make_view(), Objective(), [*CATALOGUE, told], Predictor())
        assert again.build == ("best",)
        assert (again.interim is None) == waited_for


def test_the_ladder_covers_every_regime_once_and_fits_in_memory():
    slow = make_view(fps=3, probe=make_probe(0.3, 0.12), memory_bytes=220_000_000)
    view = replace(slow, fps_by_regime={"day-dry-jam": 1.0, "night-dry-free": 12.0})
    plan = choose(view, Objective(), CATALOGUE, Predictor())
    assert plan.primary is not None
    assert 1 < len(plan.ladder) <= DEFAULTS.ladder_rungs
    assert plan.ladder[0].point == plan.primary.point
    assert view.regime in plan.ladder[0].regimes
    named = [r for rung in plan.ladder for r in rung.regimes]
    assert sorted(named) == sorted(REGIMES)
    specs = {s.id: s for s in CATALOGUE}
    held = {(r.point.variant, r.point.width, r.point.height) for r in plan.ladder}
    assert agent_bytes(variant_bytes(specs[v], w, h) for v, w, h in held) <= 220_000_000


def test_trades_name_what_is_bought():
    a = Prediction(latency_p95_ms=50, energy_mj_per_frame=10, memory_bytes=5, expected_ap50=0.7)
    b = Prediction(latency_p95_ms=80, energy_mj_per_frame=9, memory_bytes=5, expected_ap50=0.8)
    assert trades(a, b) == ["accuracy", "energy"]


specs_strategy = st.lists(
    st.builds(
        lambda i, p, a, w, built: make_spec(f"v{i}-{p}", p, a, w, manifest="m" * built),
        st.integers(0, 9),
        st.sampled_from(["fp32", "int8"]),
        st.floats(0.3, 0.9),
        st.floats(0.05, 3.0),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda s: s.id,
)
views_strategy = st.builds(
    lambda fps, f, i, quota, mem, budget, light, density: replace(
        make_view(
            fps,
            make_probe(f, i),
            cpu_quota_cores=quota,
            memory_bytes=mem,
            power_budget_w=budget,
        ),
        workload=Workload(regime=Regime(light=light, density=density), fps_demand=fps),
    ),
    st.floats(0.5, 30),
    st.floats(0.005, 1.0),
    st.floats(0.005, 1.0),
    st.sampled_from([0.0, 0.25, 1.0]),
    st.sampled_from([0, 75_000_000, 90_000_000, 200_000_000]),
    st.sampled_from([0.0, 0.9, 1.5, 4.0]),
    st.sampled_from(["day", "night"]),
    st.sampled_from(["free", "jam"]),
)
objectives_strategy = st.builds(
    Objective,
    latency_p95_ms=st.sampled_from([0.0, 20.0, 150.0]),
    power_w=st.sampled_from([0.0, 2.0]),
)


@settings(max_examples=60, deadline=None)
@given(view=views_strategy, objective=objectives_strategy, specs=specs_strategy)
def test_a_chosen_point_never_breaks_a_hard_limit(view, objective, specs):
    plan = choose(view, objective, specs, Predictor())
    if plan.primary is None:
        assert plan.reasons
        return
    fps = plan.primary.point.fps if plan.degraded else view.workload.fps_demand
    assert fps > 0
    assert not violations(plan.primary.predicted, plan.limits, fps, 1.0)
    assert len(plan.ladder) <= DEFAULTS.ladder_rungs


@settings(max_examples=40, deadline=None)
@given(view=views_strategy, objective=objectives_strategy, specs=specs_strategy)
def test_no_point_with_as_much_room_is_more_than_half_a_point_better(view, objective, specs):
    plan = choose(view, objective, specs, Predictor())
    able, _ = candidates(view, objective, specs, Predictor())
    feasible = [c for c in able if c.feasible]
    assert plan.degraded == (not feasible)
    if plan.primary is not None and feasible:
        equals = [c for c in feasible if c.has_room] or feasible
        assert plan.primary.ap50 >= max(c.ap50 for c in equals) - DEFAULTS.equal_accuracy - 1e-6


@settings(max_examples=30, deadline=None)
@given(view=views_strategy, specs=specs_strategy, share=st.floats(0.3, 0.95))
def test_an_equal_variant_that_costs_less_is_always_preferred(view, specs, share):
    plan = choose(view, Objective(), specs, Predictor())
    if plan.primary is None or plan.degraded:
        return
    old, size = plan.primary.spec, plan.primary.key.rpartition("@")[2]
    lean = msgspec.structs.replace(
        old,
        id="lean",
        mmac={k: v * share for k, v in old.mmac.items()},
        expected_ap50={size: old.expected_ap50[size]},
    )
    again = choose(view, Objective(), [*specs, lean], Predictor())
    assert again.primary is not None
    assert again.primary.energy_mj < plan.primary.energy_mj


@pytest.mark.parametrize(
    ("isa", "chosen"), [(["avx2"], "int8-w7"), (["avx2", "avx512_vnni"], "int8-u8")]
)
def test_where_8_bit_products_overflow_weights_of_7_bits_are_chosen(
    isa: list[str], chosen: str
) -> None:
    specs = [
        make_spec("int8-u8", "int8", 0.80, activations="u8"),
        make_spec("int8-w7", "int8", 0.79, activations="u8w7"),
    ]
    plan = choose(make_view(isa=isa), Objective(), specs, Predictor())
    assert plan.primary is not None and plan.primary.spec.id == chosen
    others = [a for a in plan.alternatives if a.spec.id != chosen]
    assert others and all("8-bit products overflow" in a.rejected_because for a in others)
