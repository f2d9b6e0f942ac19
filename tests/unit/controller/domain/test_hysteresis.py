"""Room for a demand that swings: what is switched to, what is left alone, what is remembered."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lamplighter_controller.domain.devices import (
    DeviceView,
    remembered_fps,
)
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.operating_points import Choice, best_feasible, candidates
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.switching import Decision, Trigger, decide, switch_rule
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.enums import TriggerKind
from lamplighter_wire.messages import (
    Capabilities,
    OperatingPoint,
    Prediction,
    Probe,
    ProbeEntry,
    Regime,
    Workload,
)
from lamplighter_wire.rules.memory import AGENT_BYTES, MEASURING_PROCESS_BYTES
from lamplighter_wire.tasks.detection import DETECTION, REGIMES


def make_choice(
    ap50: float, limit: float, room: float, *, cap: float = 0.0, broken: float = 0.0, mj: float = 9
) -> Choice:
    """A judged point that keeps its limits up to `limit` frames/s."""
    return Choice(
        spec=VariantSpec(id=f"v{ap50}"),
        point=OperatingPoint(variant=f"v{ap50}", fps=cap),
        predicted=Prediction(expected_ap50=ap50, energy_mj_per_frame=mj),
        fps=10.0,
        broken={"latency": broken} if broken else {},
        fps_limit=limit,
        fps_room=room,
    )


ROOM = DEFAULTS.demand_headroom * 10.0


@pytest.mark.parametrize(
    ("incumbent", "candidate", "why"),
    [
        (make_choice(0.7, 99, ROOM), make_choice(0.8, ROOM, ROOM), "accuracy"),
        (make_choice(0.7, 99, ROOM), make_choice(0.8, 11, ROOM), ""),
        (make_choice(0.7, 99, ROOM), make_choice(0.7, 11, ROOM, mj=1), ""),
        (make_choice(0.7, 9, ROOM, broken=0.1), make_choice(0.6, 11, ROOM), "mend"),
        (make_choice(0.7, 9, ROOM, broken=0.1), make_choice(0.6, 8, ROOM, cap=8), "mend"),
        (make_choice(0.8, 11, ROOM), make_choice(0.7, 99, ROOM), ""),
        (make_choice(0.7, 9, ROOM, cap=9), make_choice(0.7, 11, ROOM), ""),
        (make_choice(0.7, 9, ROOM, cap=5), make_choice(0.7, 11, ROOM), "accuracy"),
    ],
)
def test_what_is_no_mend_must_leave_room(incumbent: Choice, candidate: Choice, why: str) -> None:
    assert switch_rule(incumbent, candidate, 10.0).why == why


def test_room_comes_before_accuracy_and_a_point_without_room_before_none() -> None:
    tight, roomy = make_choice(0.9, 11, ROOM), make_choice(0.7, 13, ROOM)
    assert best_feasible([tight, roomy], DEFAULTS) is roomy
    assert best_feasible([tight, make_choice(0.95, 9, ROOM, broken=0.1)], DEFAULTS) is tight
    assert best_feasible([], DEFAULTS) is None


def make_spec(name: str, ap50: float, mmac: float, **more: object) -> VariantSpec:
    sizes = {"256x192": -0.1, "384x288": 0.0, "512x384": 0.04}
    fields: dict[str, object] = {
        "size_bytes": 1_000_000,
        "mmac": {"384x288": mmac},
        "expected_ap50": {s: dict.fromkeys(REGIMES, ap50 + more_) for s, more_ in sizes.items()},
        "manifest": name,
    }
    return VariantSpec(id=name, **{**fields, **more})  # type: ignore[arg-type]


def make_view(fps: float, serving: OperatingPoint | None = None, **caps: float) -> DeviceView:
    """A device that computes 100 MMAC in 10 ms."""
    entry = ProbeEntry(name="dense_fp32", latency_p50_ms=10.0, latency_p95_ms=12.0, work_mmac=100.0)
    known: dict[str, object] = {"runtimes": {"onnxruntime": "1"}, "active_w_per_core": 4.0}
    return DeviceView(
        id="cam",
        capabilities=Capabilities(**{**known, **caps}),  # type: ignore[arg-type]
        probe=Probe(entries=[entry]),
        workload=Workload(fps_demand=fps),
        serving=serving,
    )


def answer(
    view: DeviceView, catalogue: list[VariantSpec], trigger: Trigger | None = None
) -> Decision:
    return decide(view, trigger or Trigger(TriggerKind.SHIFT), Objective(), catalogue, Predictor())


@settings(max_examples=150, deadline=None)
@example(  # a cap that costs as much accuracy as a point without room saves energy
    figures=[(0.4375, 676.0), (0.796875, 1631.0)],
    near=0,
    share=1.03125,
    swing=0.05,
    high_first=False,
    budget_w=0.0,
    camera_fps=0.0,
)
@given(
    figures=st.lists(st.tuples(st.floats(0.3, 0.9), st.floats(20, 2000)), min_size=1, max_size=5),
    near=st.integers(0, 4),
    share=st.floats(0.75, 1.25),
    swing=st.sampled_from([0.02, 0.05, 0.1]),
    high_first=st.booleans(),
    budget_w=st.sampled_from([0.0, 0.5, 2.0]),
    camera_fps=st.sampled_from([0.0, 10.0]),
)
def test_a_demand_that_swings_around_any_level_switches_a_device_at_most_once(
    figures: list[tuple[float, float]],
    near: int,
    share: float,
    swing: float,
    high_first: bool,
    budget_w: float,
    camera_fps: float,
) -> None:
    catalogue = [make_spec(f"v{i}", *f) for i, f in enumerate(figures)]
    caps = {"power_budget_w": budget_w, "camera_fps": camera_fps}
    able, _ = candidates(make_view(5.0, **caps), Objective(), catalogue, Predictor())
    # Around what one of the points can just do, where a device is tempted to go to and fro.
    level = share * able[near % len(able)].fps_limit
    serving = None
    switches = -1  # the first deployment is none
    for turn in range(8):
        high = (turn % 2 == 0) == high_first
        fps = level * (1 + swing if high else 1 - swing)
        got = answer(make_view(fps, serving, **caps), catalogue)
        if got.deploy and got.target is not None:
            switches += 1
            serving = got.target.point
    assert switches <= 1


def test_the_reasons_tell_how_far_the_demand_may_grow() -> None:
    # p95 = (25 + 3) x 1.2 ms: the slot of 23.8 frames/s.
    one = [make_spec("only", 0.8, 250.0, expected_ap50={"384x288": dict.fromkeys(REGIMES, 0.8)})]
    limit = choose(make_view(5.0), Objective(), one, Predictor()).primary
    assert limit is not None
    far = f"keeps its limits up to {limit.fps_limit:.1f} frames/s"
    near = choose(make_view(limit.fps_limit / 1.1), Objective(), one, Predictor())
    assert far in choose(make_view(5.0), Objective(), one, Predictor()).reasons
    wanted = limit.fps_limit / 1.1 * DEFAULTS.demand_headroom
    assert f"{far} only, of {wanted:.1f} wanted" in near.reasons


def test_the_camera_caps_the_room_as_well() -> None:
    view = make_view(9.0, camera_fps=10.0)
    assert view.current_demand.fps_room == 10.0


LIGHT, HEAVY = make_spec("light", 0.6, 50.0), make_spec("heavy", 0.8, 400.0)


def point(spec: VariantSpec, size: tuple[int, int] = (384, 288)) -> OperatingPoint:
    return OperatingPoint(variant=spec.id, width=size[0], height=size[1])


def test_a_breach_is_never_answered_by_something_heavier() -> None:
    # The demand that broke a limit is over: figures call for the better point again.
    view = make_view(2.0, point(LIGHT, (512, 384)))
    assert answer(view, [LIGHT, HEAVY]).deploy
    assert not answer(view, [LIGHT, HEAVY], Trigger(TriggerKind.BREACH)).deploy


def test_a_breach_without_room_is_believed() -> None:
    view = make_view(5.0, point(HEAVY))
    tight = answer(view, [HEAVY]).plan.primary
    assert tight is not None
    near = replace(view, workload=Workload(fps_demand=tight.fps_limit / 1.05))
    held = replace(near, serving=tight.point)
    assert not answer(held, [LIGHT, HEAVY]).deploy, "it holds at the demand itself"
    got = answer(held, [LIGHT, HEAVY], Trigger(TriggerKind.BREACH))
    assert got.verdict.why == "mend"
    assert got.target is not None
    assert got.target.predicted.latency_p95_ms < tight.predicted.latency_p95_ms


FAST, SHARP = make_spec("fast", 0.5, 50.0), make_spec("sharp", 0.8, 250.0)


def just_over(excess: float, served: OperatingPoint | None = None) -> Decision:
    """A demand beyond what `sharp` at 384x288 holds; below zero: one that leaves it no room."""
    sizes = {"384x288": dict.fromkeys(REGIMES, 0.8)}
    catalogue = [FAST, msgspec.structs.replace(SHARP, expected_ap50=sizes)]
    sharp = choose(make_view(1.0), Objective(), catalogue, Predictor()).primary
    assert sharp is not None
    assert sharp.spec.id == "sharp"
    fps = sharp.fps_limit * (1 + excess)
    return answer(make_view(fps, served or sharp.point), catalogue)


def test_a_small_excess_costs_frames_rather_than_accuracy() -> None:
    got = just_over(0.02)
    assert (got.verdict.why, got.plan.degraded) == ("mend", True)
    assert got.target is not None
    assert got.target.spec.id == "sharp"
    assert 0.95 < got.target.point.fps / got.plan.fps_demand < 1
    assert "what keeps up costs too much accuracy" in " ".join(got.reasons)


def test_a_large_excess_is_mended_by_what_keeps_up() -> None:
    got = just_over(0.3)
    assert got.target is not None
    assert (got.target.spec.id, got.target.point.fps) == ("fast", 0)


def test_room_costs_no_more_accuracy_than_it_is_worth() -> None:
    slow = make_spec("slow", 0.9, 2000.0)
    sizes = {"384x288": dict.fromkeys(REGIMES, 0.8)}
    catalogue = [FAST, msgspec.structs.replace(SHARP, expected_ap50=sizes), slow]
    sharp = choose(make_view(1.0), Objective(), catalogue[:2], Predictor()).primary
    assert sharp is not None
    near = sharp.fps_limit / 1.1
    assert choose(make_view(near), Objective(), catalogue, Predictor()).primary.spec.id == "fast"
    got = answer(make_view(near, point(slow)), catalogue)
    assert got.target is not None
    assert (got.target.spec.id, got.target.point.fps) == ("sharp", 0)


def test_a_breach_is_charged_to_the_point_it_was_seen_at() -> None:
    # By the time of the decision another point serves; that one is not blamed.
    view = make_view(5.0, point(LIGHT))
    got = answer(view, [LIGHT, HEAVY], Trigger(TriggerKind.BREACH, broke=point(HEAVY)))
    assert not got.deploy
    ladder = [(r.point.variant, r.point.width) for r in got.plan.ladder]
    assert ("heavy", 384) not in ladder


def test_what_does_not_fit_beside_the_incumbent_must_gain_two_points() -> None:
    for gain, memory_bytes, deploys in ((0.015, 0, True), (0.015, 1, False), (0.03, 1, True)):
        own = 40_000_000
        size = {"memory_bytes": MEASURING_PROCESS_BYTES + own}
        small, better = make_spec("a", 0.8, 50.0, **size), make_spec("b", 0.8 + gain, 50.0, **size)
        limit = memory_bytes * (AGENT_BYTES + 3 * own // 2)
        view = make_view(2.0, point(small, (512, 384)), memory_bytes=limit)
        assert answer(view, [small, better]).deploy == deploys


@given(st.lists(st.floats(0.5, 20.0), min_size=1, max_size=30))
def test_a_remembered_demand_rises_at_once_and_fades(windows: list[float]) -> None:
    fps = 0.0
    for seen in windows:
        before, fps = fps, remembered_fps(fps, seen)
        assert seen <= fps <= max(before, seen)
    for _ in range(40):
        fps = remembered_fps(fps, 1.0)
    assert fps == pytest.approx(1.0, abs=0.01)


def test_a_density_once_seen_is_not_assumed_any_more() -> None:
    view = make_view(5.0)
    assert view.demand("night-rain-jam").fps == DETECTION.usual_demand.fps["jam"]
    assert view.demand("night-rain-free").fps == 5.0
    knows = replace(view, fps_by_regime={"day-rain-jam": 7.0, "night-dry-jam": 2.5})
    assert knows.demand("night-rain-jam").fps == 7.0
    assert knows.demand("night-dry-jam").fps == 2.5
    assert knows.demand("day-dry-free").fps == 5.0
    jam = replace(knows, workload=Workload(regime=Regime(density="jam"), fps_demand=9.0))
    assert jam.demand("night-rain-jam").fps == 9.0
    assert jam.demand("day-dry-free").fps == DETECTION.usual_demand.fps["free"]
