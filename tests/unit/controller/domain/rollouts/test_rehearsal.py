"""A rehearsal goes as the state machine goes, and its clock as the model says."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_controller.domain.rollouts.rehearsal import DeviceModel, FleetModel, rehearse
from lamplighter_controller.domain.rollouts.rollout import RolloutPlan, Target, WaveKind
from lamplighter_controller.domain.rollouts.waves import in_waves

PLAN = RolloutPlan(
    target="new",
    group="all",
    waves=WaveKind.FIXED,
    first=4.0,
    watch_s=60.0,
    deadline_s=3600.0,
    per_site=0,
    at_once=0,
)
QUICK = DeviceModel(size_bytes=1_000_000, bytes_per_s=1e5, proof_s=10.0)


def fleet(count: int, **devices: DeviceModel) -> FleetModel:
    return FleetModel(
        {f"cam-{n}": devices.get(f"cam_{n}", QUICK) for n in range(count)}, gate_s=30.0
    )


def targets(count: int, plan: RolloutPlan = PLAN) -> list[Target]:
    return in_waves(plan, [Target(device=f"cam-{n}", site="north") for n in range(count)])


def test_a_fleet_without_faults_takes_what_its_waves_take() -> None:
    found = rehearse(PLAN, targets(9), fleet(9), runs=3)
    # One canary and two waves: each travels 10 s, proves 10 s, is watched for 60 s.
    assert found.seconds.low == found.seconds.high
    assert 3 * 80.0 <= found.seconds.middle <= 3 * 80.0 + 6 * 5.0
    assert found.finishes == 1.0 and found.failures.high == 0
    assert found.received_bytes.middle == 9_000_000
    assert len(found.waves_at_s) == 3 and found.waves_at_s[0] == 0.0


def test_builds_are_made_one_after_the_other_and_once() -> None:
    waits = msgspec_free(QUICK, build="a"), msgspec_free(QUICK, build="b")
    model = FleetModel(
        {"cam-0": QUICK, "cam-1": waits[0], "cam-2": waits[1], "cam-3": waits[0]},
        {"a": 100.0, "b": 50.0},
        gate_s=30.0,
    )
    plain = rehearse(PLAN, targets(4), fleet(4), runs=1)
    built = rehearse(PLAN, targets(4), model, runs=1)
    assert (built.builds, built.build_s) == (["a", "b"], 150.0)
    assert 145.0 <= built.seconds.middle - plain.seconds.middle <= 155.0


def msgspec_free(model: DeviceModel, **changed: object) -> DeviceModel:
    return DeviceModel(**{**vars(model), **changed})  # type: ignore[arg-type]


def test_limits_of_a_site_stretch_it() -> None:
    narrow = msgspec.structs.replace(PLAN, per_site=1)
    wide, slow = (rehearse(plan, targets(9, plan), fleet(9), runs=1) for plan in (PLAN, narrow))
    assert slow.seconds.middle > 2 * wide.seconds.middle


def test_what_fits_nobody_stops_it_and_is_named() -> None:
    unfit = DeviceModel(why_not="breaks power by 40%")
    found = rehearse(PLAN, targets(9), fleet(9, cam_0=unfit), runs=2)
    assert found.finishes == 0.0
    assert found.stopped == "1 of 1 devices failed"
    assert found.unfit == {"cam-0": "breaks power by 40%"}


def test_failures_are_as_frequent_as_they_were() -> None:
    lenient = msgspec.structs.replace(PLAN, error_share=1.0, success_share=0.0)
    shaky = msgspec_free(QUICK, failure=0.3)
    model = FleetModel({f"cam-{n}": shaky for n in range(100)}, gate_s=30.0)
    found = rehearse(lenient, targets(100), model, runs=20)
    assert 20 <= found.failures.middle <= 40
    assert found.failures.low < found.failures.middle < found.failures.high


@settings(deadline=None, max_examples=30)
@given(
    count=st.integers(1, 25),
    failure=st.floats(0, 1),
    per_site=st.integers(0, 3),
    kind=st.sampled_from(list(WaveKind)),
    seed=st.integers(0, 1000),
)
def test_it_always_ends_and_repeats_itself(
    count: int, failure: float, per_site: int, kind: WaveKind, seed: int
) -> None:
    plan = msgspec.structs.replace(PLAN, per_site=per_site, waves=kind)
    model = FleetModel(
        {f"cam-{n}": msgspec_free(QUICK, failure=failure) for n in range(count)}, gate_s=30.0
    )
    first, again = (rehearse(plan, targets(count, plan), model, 2, seed) for _ in range(2))
    assert first == again
    assert 0.0 <= first.finishes <= 1.0
    assert first.finishes == 1.0 or first.stopped
    assert first.seconds.low <= first.seconds.middle <= first.seconds.high


@pytest.mark.parametrize("watch_s", [0.0, 5.0, 600.0])
def test_the_watch_is_waited_for(watch_s: float) -> None:
    plan = msgspec.structs.replace(PLAN, watch_s=watch_s)
    found = rehearse(plan, targets(1, plan), fleet(1), runs=1)
    assert 20.0 + max(watch_s, 30.0) <= found.seconds.middle <= 20.0 + max(watch_s, 30.0) + 15.0
