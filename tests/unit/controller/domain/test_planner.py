"""Catalogue, objectives, prediction, choice and ladder."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_controller.domain.devices import DeviceView, hardware_class
from lamplighter_controller.domain.ladder import MAX_RUNGS
from lamplighter_controller.domain.objectives import Objective, limits_for
from lamplighter_controller.domain.operating_points import EQUAL_AP50, candidates
from lamplighter_controller.domain.planner import choose, trades
from lamplighter_controller.domain.predictor import (
    OVERHEAD_MMAC,
    OVERHEAD_MMAC_PER_PIXEL,
    Predictor,
)
from lamplighter_controller.domain.variants import (
    VariantSpec,
)
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import (
    Capabilities,
    Limits,
    Prediction,
    Probe,
    ProbeEntry,
    Regime,
    Workload,
)
from lamplighter_wire.rules.limits import latency_limit_ms, sustainable_fps, violations
from lamplighter_wire.rules.memory import (
    AGENT_BYTES,
    MEASURING_PROCESS_BYTES,
    agent_bytes,
    variant_bytes,
)
from lamplighter_wire.rules.regimes import REGIMES
from lamplighter_wire.rules.sizes import DEFAULT_SIZES

SIZES = DEFAULT_SIZES


def make_spec(name: str, precision: str = "fp32", ap50: float = 0.8, work: float = 1.0, **more):
    """A variant whose accuracy rises with resolution and falls in a jam."""
    table = {
        size: {r: ap50 + 0.04 * i - (0.03 if r.endswith("jam") else 0.0) for r in REGIMES}
        for i, size in enumerate(SIZES)
    }
    fields = {
        "recipe": name,
        "precision": precision,
        "size_bytes": 4_000_000 if precision == "fp32" else 1_000_000,
        "mmac": {"384x288": 400.0 * work},
        "expected_ap50": table,
        "manifest": f"m-{name}",
    }
    return VariantSpec(id=name, **{**fields, **more})


def make_probe(fp32: float = 0.05, int8: float = 0.02) -> Probe:
    """A probe with the given ms per MMAC for dense convolutions."""
    return Probe(
        entries=[
            ProbeEntry(
                name=f"dense_{p}", latency_p50_ms=10 * r, latency_p95_ms=12 * r, work_mmac=10
            )
            for p, r in (("fp32", fp32), ("int8", int8))
        ]
    )


def make_view(fps: float = 5.0, probe: Probe | None = None, **caps) -> DeviceView:
    """A device in daylight, dry, free flow."""
    known = {
        "machine": "x86_64",
        "isa": ["avx2"],
        "cores": 1,
        "runtimes": {"onnxruntime": "1.22"},
        "active_w_per_core": 4.0,
        "idle_w": 1.0,
    }
    return DeviceView(
        id="cam-1",
        capabilities=Capabilities(**{**known, **caps}),
        probe=probe or make_probe(),
        workload=Workload(fps_demand=fps),
    )


CATALOGUE = [
    make_spec("full-fp32", "fp32", 0.80),
    make_spec("full-int8", "int8", 0.79),
    make_spec("half-fp32", "fp32", 0.74, 0.4),
    make_spec("half-int8", "int8", 0.73, 0.4),
]


@pytest.mark.parametrize(
    ("limit", "fps", "expected"),
    [(0, 0, 0), (100, 0, 100), (100, 4, 100), (300, 4, 200), (0, 10, 80)],
)
def test_latency_limit_is_the_tighter_of_policy_and_frame_slot(limit, fps, expected):
    assert latency_limit_ms(Limits(latency_p95_ms=limit), fps) == pytest.approx(expected)


def test_the_device_s_own_limits_tighten_the_objective():
    caps = Capabilities(power_budget_w=3.0, memory_bytes=100)
    limits = limits_for(Objective(latency_p95_ms=50, power_w=5.0, memory_bytes=0), caps)
    assert (limits.latency_p95_ms, limits.power_w, limits.memory_bytes) == (50, 3.0, 100)


def test_violations_name_each_limit_and_by_how_much():
    predicted = Prediction(latency_p95_ms=120, energy_mj_per_frame=500, memory_bytes=200)
    limits = Limits(latency_p95_ms=100, power_w=3.0, memory_bytes=400)
    broken = violations(predicted, limits, fps=5, idle_w=1.0)
    assert broken == {"latency": pytest.approx(0.2), "power": pytest.approx(1 / 6)}
    assert sustainable_fps(predicted, limits, 1.0) == pytest.approx(4.0)


def around_ms(rate: float) -> float:
    """The loop around the network at 384x288, at a rate in ms per MMAC."""
    return rate * (OVERHEAD_MMAC + OVERHEAD_MMAC_PER_PIXEL * 384 * 288)


def test_base_prediction_follows_work_and_probe():
    view = make_view()
    p = Predictor().predict(view, CATALOGUE[0], 384, 288)
    assert p.latency_p50_ms == pytest.approx(400 * 0.05 + around_ms(0.05))
    assert p.latency_p95_ms == pytest.approx(p.latency_p50_ms * 1.2)
    assert p.energy_mj_per_frame == pytest.approx(p.latency_p50_ms * 4.0)
    small = Predictor().predict(view, CATALOGUE[0], 256, 192)
    assert small.latency_p50_ms < p.latency_p50_ms


def test_a_quota_limits_the_power_drawn_and_is_in_the_probe_already():
    free, bound = make_view(), make_view(cpu_quota_cores=0.25)
    a = Predictor().predict(free, CATALOGUE[0], 384, 288)
    b = Predictor().predict(bound, CATALOGUE[0], 384, 288)
    assert b.latency_p50_ms == a.latency_p50_ms
    assert b.energy_mj_per_frame == pytest.approx(b.latency_p50_ms * 4.0 / 4)


def test_measured_extra_work_replaces_the_probe_s_bandwidth():
    view = make_view(probe=make_probe(fp32=0.05, int8=0.02))
    table = {"384x288": 0.5, "512x384": 3.0}
    for spec, rate in zip(CATALOGUE[:2], (0.05, 0.02), strict=True):
        p = Predictor().predict(view, msgspec.structs.replace(spec, extra_work=table), 384, 288)
        assert p.latency_p50_ms == pytest.approx(400 * (rate + 0.5 * 0.05) + around_ms(0.05))
    assert msgspec.structs.replace(CATALOGUE[0], extra_work=table).extra_at(256, 192) == 0.5
    assert CATALOGUE[0].extra_at(256, 192) is None


def test_what_slows_one_precision_is_expected_of_the_other_until_it_is_seen():
    view = make_view(probe=make_probe(fp32=0.05, int8=0.02))
    fp32, int8 = CATALOGUE[:2]
    plain = Predictor().predict(view, fp32, 384, 288).latency_p50_ms
    learned = Predictor().observe(view, fp32, 384, 288, latency_p50_ms=1.7 * plain)
    before = Predictor().predict(view, int8, 384, 288)
    after = learned.predict(view, int8, 384, 288)
    assert after.latency_p50_ms == pytest.approx(1.7 * before.latency_p50_ms)
    assert after.latency_rel_error == before.latency_rel_error
    other = learned.predict(replace(view, id="cam-2"), int8, 384, 288)
    assert other.latency_p50_ms == before.latency_p50_ms


def test_int8_must_pay_to_be_chosen_at_equal_accuracy():
    fp32, int8 = CATALOGUE[:2]
    int8 = msgspec.structs.replace(int8, expected_ap50=fp32.expected_ap50)
    for int8_rate, chosen in ((0.047, "fp32"), (0.02, "int8")):
        view = make_view(probe=make_probe(fp32=0.05, int8=int8_rate))
        plan = choose(view, Objective(), [fp32, int8], Predictor())
        assert plan.primary is not None
        assert plan.primary.spec.precision == chosen


def test_a_planner_that_sees_no_int8_entries_assumes_no_gain_and_learns_from_what_runs():
    seen = make_view(fps=4, probe=make_probe(fp32=0.05, int8=0.15))
    dense = [entry for entry in seen.probe.entries if "int8" not in entry.name]
    view = replace(seen, probe=msgspec.structs.replace(seen.probe, entries=dense))
    assumed = Predictor().predict(view, CATALOGUE[1], 384, 288)
    assert assumed.latency_p50_ms == pytest.approx(400 * 0.05 + around_ms(0.05))
    learned = Predictor().observe(view, CATALOGUE[1], 384, 288, latency_p50_ms=61.0)
    plan = choose(view, Objective(latency_p95_ms=60), CATALOGUE[:2], learned)
    assert plan.primary is not None and plan.primary.spec.precision == "fp32"


def test_observed_beats_device_beats_class_beats_probe():
    view, twin = make_view(), replace(make_view(), id="cam-2")
    other = replace(make_view(cores=8), id="cam-3")
    spec, sibling = CATALOGUE[0], CATALOGUE[2]
    base = Predictor().predict(view, spec, 384, 288).latency_p50_ms
    learned = Predictor().observe(
        view, spec, 384, 288, latency_p50_ms=2 * base, latency_p95_ms=2.5 * base
    )
    direct = learned.predict(view, spec, 384, 288)
    assert (direct.latency_p50_ms, direct.latency_p95_ms) == (2 * base, 2.5 * base)
    for asked, factor, error in ((view, 2.0, 0.15), (twin, 2.0, 0.20), (other, 1.0, 0.30)):
        plain = Predictor().predict(asked, sibling, 384, 288).latency_p50_ms
        got = learned.predict(asked, sibling, 384, 288)
        assert got.latency_p50_ms == pytest.approx(factor * plain)
        assert got.latency_rel_error == error


def test_corrections_are_robust_to_one_wild_window():
    view, spec, predictor = make_view(), CATALOGUE[0], Predictor()
    for ms in (20.0, 21.0, 900.0):
        predictor = predictor.observe(view, spec, 384, 288, latency_p50_ms=ms)
    assert predictor.predict(view, spec, 384, 288).latency_p50_ms == 21.0
    for _ in range(20):
        predictor = predictor.observe(view, spec, 384, 288, latency_p50_ms=40.0)
    assert predictor.predict(view, spec, 384, 288).latency_p50_ms == 40.0
    assert len(predictor.observations) == 5


@pytest.mark.parametrize(
    ("alone", "others_since", "believed"),
    [(True, 5, False), (True, 4, True), (False, 5, True)],
)
def test_a_first_trial_at_a_slow_moment_is_doubted(alone, others_since, believed):
    view, spec, sibling = make_view(), CATALOGUE[0], CATALOGUE[2]
    usual = Predictor().predict(view, spec, 384, 288).latency_p50_ms
    others = Predictor().predict(view, sibling, 384, 288).latency_p50_ms
    slow = 2.5 * usual
    learned = Predictor().observe(view, spec, 384, 288, latency_p50_ms=slow, alone=alone)
    for _ in range(others_since):
        learned = learned.observe(view, sibling, 384, 288, latency_p50_ms=others)
    got = learned.predict(view, spec, 384, 288).latency_p50_ms
    assert (got == slow) if believed else (usual <= got < 1.6 * usual)
    again = learned.observe(view, spec, 384, 288, latency_p50_ms=slow)
    assert again.predict(view, spec, 384, 288).latency_p50_ms == slow


def test_measured_energy_corrects_the_estimate():
    view, spec = make_view(), CATALOGUE[0]
    learned = Predictor().observe(view, spec, 384, 288, latency_p50_ms=20.0, energy_mj=160.0)
    assert learned.predict(view, spec, 384, 288).energy_mj_per_frame == pytest.approx(160.0)
    other = learned.predict(view, CATALOGUE[1], 384, 288)
    assert other.energy_mj_per_frame == pytest.approx(2 * other.latency_p50_ms * 4.0)


def test_a_device_with_another_quota_is_not_described_by_old_observations():
    spec = CATALOGUE[0]
    learned = Predictor().observe(make_view(), spec, 384, 288, latency_p50_ms=99.0)
    cut = make_view(cpu_quota_cores=0.5)
    assert learned.predict(cut, spec, 384, 288).latency_p50_ms != 99.0
    assert hardware_class(cut.capabilities) != hardware_class(make_view().capabilities)


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


def test_a_refusal_excludes_one_point_or_a_whole_variant():
    view = make_view().refusing("full-fp32@512x384", "OOM")
    plan = choose(view, Objective(), CATALOGUE, Predictor())
    assert plan.primary is not None and plan.primary.key != "full-fp32@512x384"
    assert any("OOM" in a.rejected_because for a in plan.alternatives)
    gone = choose(view.refusing("full-fp32", "OOM"), Objective(), CATALOGUE, Predictor())
    assert gone.primary is not None and gone.primary.spec.id != "full-fp32"


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
    assert 1 < len(plan.ladder) <= MAX_RUNGS
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
    assert len(plan.ladder) <= MAX_RUNGS


@settings(max_examples=40, deadline=None)
@given(view=views_strategy, objective=objectives_strategy, specs=specs_strategy)
def test_no_point_with_as_much_room_is_more_than_half_a_point_better(view, objective, specs):
    plan = choose(view, objective, specs, Predictor())
    able, _ = candidates(view, objective, specs, Predictor())
    feasible = [c for c in able if c.feasible]
    assert plan.degraded == (not feasible)
    if plan.primary is not None and feasible:
        equals = [c for c in feasible if c.has_room] or feasible
        assert plan.primary.ap50 >= max(c.ap50 for c in equals) - EQUAL_AP50 - 1e-6


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


def test_specs_and_observations_survive_the_store():
    spec = make_spec(
        "full", ap50_interval={"384x288": {"day-dry-free": (0.7, 0.9)}}, needs=["avx2"]
    )
    assert msgspec.convert(msgspec.to_builtins(spec), VariantSpec) == spec
    learned = Predictor().observe(make_view(), spec, 384, 288, latency_p50_ms=20.0)
    assert msgspec.convert(msgspec.to_builtins(learned), Predictor) == learned
