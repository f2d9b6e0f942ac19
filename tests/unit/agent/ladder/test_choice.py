"""Which resident rung answers a workload."""

from dataclasses import replace

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_agent.inference.operating_points import accuracy, work_of
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.ladder.choice import Requirements, by_accuracy, choose, most_accurate, pace
from lamplighter_agent.runtimes.engine import FakeEngine
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.messages import Limits, OperatingPoint, Prediction, Regime, Rung, Workload
from lamplighter_wire.policy.device_policy import DevicePolicy

NIGHT, DAY = Regime(light="night"), Regime()
ENGINE = FakeEngine()


def serving(
    name: str,
    *regimes: str,
    p95_ms: float = 0.0,
    energy_mj: float = 0.0,
    ap50: float = 0.5,
    fps: float = 0.0,
) -> Serving:
    predicted = Prediction(latency_p95_ms=p95_ms, energy_mj_per_frame=energy_mj, expected_ap50=ap50)
    point = OperatingPoint(variant=name, manifest=name, fps=fps)
    rung = Rung(point=point, regimes=list(regimes), predicted=predicted)
    return Serving(rung, Manifest(id=name), ENGINE)


def asked(
    fps: float = 5.0, latency_ms: float = 0.0, power_w: float = 0.0, regime: Regime = DAY
) -> Requirements:
    limits = Limits(latency_p95_ms=latency_ms, power_w=power_w)
    return Requirements(workload=Workload(regime=regime, fps_demand=fps), limits=limits, idle_w=1.0)


def test_the_rung_of_a_regime_is_the_one_that_names_it_else_a_general_one() -> None:
    rungs = [serving("any"), serving("night", "night-dry-free"), serving("open", "")]
    assert choose(rungs, asked(regime=NIGHT)) == rungs[1]
    assert choose(rungs, asked()) == rungs[0]
    assert choose(rungs[1:2], asked()) == rungs[1]
    assert choose(rungs[1:2], asked(), serving("now")) is None
    assert choose([], asked()) is None


FULL = serving("full", "day-dry-free", p95_ms=110, energy_mj=300, ap50=0.8)
HALF = serving("half", "day-dry-jam", p95_ms=60, energy_mj=150, ap50=0.7)
SPARE = serving("spare", p95_ms=20, energy_mj=50, ap50=0.6)
LADDER = [FULL, HALF, SPARE]


def test_a_rung_that_would_break_a_limit_gives_way_to_the_best_that_keeps_it() -> None:
    assert choose(LADDER, asked(fps=5)) is FULL
    assert choose(LADDER, asked(fps=8)) is HALF  # 100 ms is 0.8 of a frame's period
    assert choose(LADDER, asked(fps=5, latency_ms=100)) is HALF
    assert choose(LADDER, asked(fps=5, power_w=2.0)) is HALF
    assert choose(LADDER, asked(fps=15, power_w=2.0)) is SPARE


def test_what_serves_stays_where_it_keeps_the_limits_and_the_regimes_own_does_not() -> None:
    assert choose(LADDER, asked(fps=8), SPARE) is None
    assert choose(LADDER, asked(fps=8), FULL) is HALF
    assert choose(LADDER, asked(fps=5), SPARE) is FULL


def test_what_keeps_the_limits_is_not_left_for_a_clearly_less_accurate_rung() -> None:
    jam = Regime(density="jam")
    assert choose(LADDER, asked(fps=5, regime=jam), FULL) is None
    assert choose(LADDER, asked(fps=8, regime=jam), FULL) is HALF
    close = serving("close", "day-dry-jam", p95_ms=60, ap50=0.795)
    assert choose([FULL, close], asked(fps=5, regime=jam), FULL) is close


def test_a_plan_for_counts_has_said_which_rung_counts_best() -> None:
    counting = replace(
        HALF,
        rung=msgspec.structs.replace(
            HALF.rung, point=msgspec.structs.replace(HALF.rung.point, most_overlap=0.35)
        ),
    )
    jam = Regime(density="jam")
    assert choose([FULL, HALF], asked(regime=jam), FULL) is None, "clearly more accurate"
    assert choose([FULL, counting], asked(regime=jam), FULL) is counting


def test_what_the_rung_in_service_takes_corrects_the_promises_of_all() -> None:
    quick = Requirements(workload=Workload(fps_demand=8), limits=Limits(), pace=0.5)
    assert choose(LADDER, quick) is FULL
    slow = Requirements(workload=Workload(fps_demand=5), limits=Limits(), pace=2.0)
    assert choose(LADDER, slow, FULL) is HALF
    assert pace([50.0] * 20, 100.0) == 0.5
    assert pace([50.0] * 5, 100.0) == 1.0
    assert pace([50.0] * 20, 0.0) == 1.0
    assert pace([5000.0] * 20, 10.0) == 4.0


def test_what_has_served_here_is_judged_by_what_it_took() -> None:
    """FULL took longer than promised; that what serves now is quick says nothing of it."""
    known = Requirements(
        workload=Workload(fps_demand=8),
        limits=Limits(),
        pace=0.5,
        paces={work_of(FULL.point): 1.2},
    )
    assert choose(LADDER, known) is HALF


def test_where_no_rung_keeps_the_limits_the_fastest_serves() -> None:
    assert choose(LADDER, asked(fps=5, latency_ms=10), FULL) is SPARE


def test_a_point_with_a_rate_of_its_own_is_asked_for_no_more() -> None:
    slow = serving("slow", "day-dry-free", p95_ms=110, fps=4)
    assert choose([slow, SPARE], asked(fps=15)) is slow


def test_the_manifest_knows_the_accuracy_of_a_regime_better_than_the_plan() -> None:
    table = {"384x288": {"night-dry-free": 0.4, "day-dry-free": 0.9}}
    blind = Serving(FULL.rung, Manifest(expected_ap50=table), ENGINE)
    assert most_accurate([blind, SPARE], NIGHT) is SPARE
    assert most_accurate([blind, SPARE], DAY) is blind
    assert by_accuracy([blind, SPARE], NIGHT) == [SPARE, blind]
    assert by_accuracy([blind, blind], DAY)[0] is blind


def test_a_manifest_without_a_table_is_worth_what_the_plan_predicted() -> None:
    assert accuracy(FULL, DAY) == FULL.rung.predicted.expected_ap50


REGIMES = st.sampled_from([(), ("day-dry-free",), ("night-dry-free",), ("day-dry-jam", "")])
RUNGS = st.builds(
    lambda name, regimes, p95_ms, energy_mj, ap50: serving(
        f"v{name}", *regimes, p95_ms=p95_ms, energy_mj=energy_mj, ap50=ap50
    ),
    st.integers(0, 99),
    REGIMES,
    st.floats(1, 300),
    st.floats(1, 900),
    st.floats(0.1, 0.9),
)
ASKED = st.builds(
    asked,
    st.floats(1, 15),
    st.sampled_from([0.0, 40.0, 120.0]),
    st.sampled_from([0.0, 1.5, 4.0]),
    st.sampled_from([DAY, NIGHT]),
)


@given(st.lists(RUNGS, max_size=4), ASKED, st.one_of(st.none(), RUNGS))
def test_limits_are_kept_whenever_some_rung_keeps_them(
    rungs: list[Serving], question: Requirements, now: Serving | None
) -> None:
    chosen = choose(rungs, question, now)
    assert chosen is None or chosen in rungs
    serves = chosen or now
    able = [r for r in rungs if question.kept_by(r.rung)]
    if serves is not None and able:
        assert question.kept_by(serves.rung)
    if rungs and now is None:
        assert chosen is not None


def test_a_policy_says_what_is_clearly_more_accurate_and_how_full_a_slot_may_be() -> None:
    jam = Regime(density="jam")
    assert choose(LADDER, asked(fps=5, regime=jam), FULL) is None
    coarse = replace(asked(fps=5, regime=jam), policy=DevicePolicy(min_accuracy_gain=0.15))
    assert choose(LADDER, coarse, FULL) is HALF
    assert choose(LADDER, asked(fps=5)) is FULL
    narrow = replace(asked(fps=5), policy=DevicePolicy(slot_share=0.5))
    assert choose(LADDER, narrow) is HALF
