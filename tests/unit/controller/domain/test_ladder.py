"""The ladder is what weighing every point in every regime would choose."""

import random
from dataclasses import replace

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.ladder import build_ladder, fits
from lamplighter_controller.domain.objectives import Objective, limits_for
from lamplighter_controller.domain.operating_points import (
    Choice,
    assess,
    candidates,
)
from lamplighter_controller.domain.planner import MAX_ALTERNATIVES, choose
from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.domain.prediction.experience import Experience
from lamplighter_controller.domain.prediction.predictor import Predictor, observed
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.messages import Limits, Rung, Workload
from lamplighter_wire.rules.regimes import regime_of
from lamplighter_wire.tasks.detection import REGIMES, STREET_AXES

from tests.simulators.planning import CATALOGUE, make_probe, make_spec, make_view

# --- the rule, point by point and regime by regime, as if nothing were shared


def serving(choice: Choice, limits: Limits) -> float:
    """Expected AP50 × share of the demand, with room, that can be served within the limits."""
    if choice.feasible and choice.has_room:
        return choice.ap50
    if "memory" in choice.broken or 0 < limits.latency_p95_ms < choice.predicted.latency_p95_ms:
        return 0.0
    return choice.ap50 * min(1.0, choice.fps_limit / max(choice.fps_room, 1e-6)) * 0.99


def under(view: DeviceView, regime: str) -> DeviceView:
    """The device in another regime, which demands what the view says of it."""
    fps = view.demand(regime).fps
    return replace(view, workload=Workload(regime=regime_of(regime, STREET_AXES), fps_demand=fps))


def exhaustive_ladder(
    view: DeviceView, objective: Objective, catalogue: list[VariantSpec], primary: Choice
) -> list[tuple[str, list[str]]]:
    """(point, regimes) of each rung."""
    limits, policy = limits_for(objective, view.capabilities), view.policy
    able, _ = candidates(view, objective, catalogue, Predictor())
    others = [c for c in able if c.spec.built or c.spec.id == primary.spec.id]
    others = [c for c in others if c.key != primary.key and "memory" not in c.broken]
    table = {
        (c.key, regime): assess(
            under(view, regime), limits, c.spec, c.point.width, c.point.height, Predictor()
        )
        for c in (primary, *others)
        for regime in REGIMES
    }
    value = {place: serving(judged, limits) for place, judged in table.items()}
    chosen = [primary]
    while len(chosen) < policy.ladder_rungs:
        gains = {
            c.key: sum(
                max(0.0, value[c.key, r] - max(value[k.key, r] for k in chosen)) for r in REGIMES
            )
            for c in others
        }
        able = [c for c in others if c not in chosen and fits([*chosen, c], limits)]
        able = [c for c in able if gains[c.key] >= policy.min_accuracy_gain]
        if not able:
            break
        chosen.append(max(able, key=lambda c: (gains[c.key], -c.energy_mj, c.key)))
    regimes: dict[str, list[str]] = {c.key: [] for c in chosen}
    for regime in REGIMES:
        top = max(value[c.key, regime] for c in chosen)
        equal = [c for c in chosen if value[c.key, regime] >= top - policy.equal_accuracy]
        best = min(equal, key=lambda c: (c.energy_mj, c.key))
        regimes[primary.key if regime == view.regime else best.key].append(regime)
    rungs = [(c.key, regimes[c.key]) for c in chosen]
    fastest = min(c.predicted.latency_p95_ms for c in chosen)
    spares = [c for c in others if c not in chosen and fits([*chosen, c], limits)]
    spares = [
        c for c in spares if c.predicted.latency_p95_ms <= policy.spare_latency_share * fastest
    ]
    if spares and len(rungs) < policy.ladder_rungs:
        rungs.append((max(spares, key=lambda c: (c.ap50, -c.energy_mj, c.key)).key, []))
    return rungs


def named(rungs: tuple[Rung, ...]) -> list[tuple[str, list[str]]]:
    return [(f"{r.point.variant}@{r.point.width}x{r.point.height}", list(r.regimes)) for r in rungs]


def some_catalogue(draw: random.Random) -> list[VariantSpec]:
    """Variants whose accuracy differs by regime, some of them unbuilt or for one regime only."""
    specs = []
    for number in range(draw.choice([1, 4, 12])):
        spec = make_spec(
            f"v{number}",
            draw.choice(["fp32", "int8"]),
            draw.choice([0.6, 0.7, draw.uniform(0.3, 0.9)]),
            draw.uniform(0.05, 3.0),
            manifest=draw.choice(["m", "m", "m", ""]),
            calibration=draw.choice(["", "", "", "night-rain-jam"]),
            memory_bytes=draw.choice([0, draw.randint(50, 200) * 10**6]),
        )
        table = {
            size: {regime: ap50 + draw.uniform(-0.1, 0.1) for regime, ap50 in row.items()}
            for size, row in spec.expected_ap50.items()
        }
        specs.append(msgspec.structs.replace(spec, expected_ap50=table))
    return specs


def some_device(draw: random.Random) -> DeviceView:
    view = make_view(
        draw.uniform(0.5, 30.0),
        make_probe(draw.choice([0.01, 0.05, 0.3]), draw.choice([0.01, 0.03, 0.2])),
        memory_bytes=draw.choice([0, 120_000_000, 400_000_000]),
        power_budget_w=draw.choice([0.0, 1.5, 4.0]),
        camera_fps=draw.choice([0.0, 0.0, 25.0]),
    )
    workload = Workload(
        regime=regime_of(draw.choice(REGIMES), STREET_AXES), fps_demand=view.workload.fps_demand
    )
    remembered = {r: draw.uniform(0.5, 20.0) for r in REGIMES if draw.random() < 0.5}
    policy = Policy(
        ladder_rungs=draw.choice([1, 3, 3, 5]),
        min_accuracy_gain=draw.choice([0.01, 0.03]),
        demand_headroom=draw.choice([1.1, 1.25]),
    )
    return replace(view, workload=workload, fps_by_regime=remembered, policy=policy)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_the_ladder_is_that_of_the_exhaustive_choice(seed: int):
    draw = random.Random(seed)
    view, specs = some_device(draw), some_catalogue(draw)
    objective = Objective(latency_p95_ms=draw.choice([0.0, 20.0, 150.0]))
    plan = choose(view, objective, specs, Predictor())
    if plan.primary is None:
        return
    assert named(plan.ladder) == exhaustive_ladder(view, objective, specs, plan.primary)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_a_predictor_that_has_predicted_before_predicts_the_same(seed: int):
    draw = random.Random(seed)
    view, specs, experience = some_device(draw), some_catalogue(draw), Experience()
    for _ in range(draw.choice([0, 3, 30])):
        taught = replace(view, id=draw.choice([view.id, "another"]))
        spec, (width, height) = draw.choice(specs), draw.choice([(256, 192), (384, 288)])
        latency_ms, energy_mj = draw.uniform(2.0, 90.0), draw.choice([0.0, draw.uniform(5, 300)])
        alone = draw.random() < 0.5
        experience.add(
            observed(
                taught,
                spec,
                width,
                height,
                latency_p50_ms=latency_ms,
                energy_mj=energy_mj,
                alone=alone,
            )
        )
    used = experience.predictor(view)
    for spec in specs:
        for width, height in spec.resolutions:
            afresh = experience.predictor(view).predict(view, spec, width, height)
            assert used.predict(view, spec, width, height) == afresh


def test_the_ladder_needs_no_more_than_the_points_that_were_judged():
    view, limits = make_view(fps=3, probe=make_probe(0.3, 0.12)), Limits()
    able, _ = candidates(view, Objective(), CATALOGUE, Predictor())
    ladder = build_ladder(view, limits, able, able[0])
    assert ladder[0].point == able[0].point and len(ladder) > 1


def test_of_many_points_the_nearest_to_being_chosen_are_kept():
    many = [make_spec(f"v{n}", ap50=0.5 + n / 1000) for n in range(40)]
    plan = choose(make_view(), Objective(), many, Predictor())
    accuracies = [a.predicted.expected_ap50 for a in plan.alternatives if a.predicted]
    assert len(accuracies) == MAX_ALTERNATIVES
    assert accuracies == sorted(accuracies, reverse=True)
