"""A rollout reaches its devices in waves, stops where harm shows, and survives its controller."""

import json
from collections.abc import Callable

import msgspec
import pytest
from lamplighter_client.documents.requests import OverrideBody
from lamplighter_controller.domain.rollouts.rollout import (
    FailureResponse,
    RolloutState,
    TargetState,
)
from lamplighter_controller.errors import ConflictError, NotFoundError

from tests.simulators.rollout_fleet import RolloutFleet
from tests.simulators.rollout_steps import PLAN, act, begin, state, states, with_new


def test_each_device_gets_its_own_variant_wave_by_wave(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    assert set(fleet.serving().values()) == {"old-fp32"}
    begin(fleet)
    fleet.obey()
    assert with_new(fleet) == {"cam-0", "cam-1"}, "one of each class of hardware"
    assert fleet.serving()["cam-0"] == "new-int8", "where int8 is quick"
    assert fleet.serving()["cam-1"] == "new-fp32"
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED
    assert with_new(fleet) == set(fleet.names)
    assert all(len(fleet.deployments(name)) == 1 for name in fleet.names)
    kinds = [event.kind for event in fleet.rig.store.events(limit=500)]
    assert kinds.count("rollout") >= 5


def test_the_gate_stops_a_slower_model_at_its_canaries(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    fleet.latency_ms |= {"new-fp32": 30.0, "new-int8": 30.0}
    begin(fleet, on_error=FailureResponse.ROLL_BACK)
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.ROLLED_BACK
    assert "latency: worse" in fleet.rig.store.rollout("r1").rollout.reason
    (noted,) = fleet.rig.store.audit_records(where={"subject": "rollout:r1"})
    entry = json.loads(noted.text)
    assert (entry["who"], entry["before"]["state"]) == ("controller", "running")
    assert "latency: worse" in entry["after"]["reason"], "what nobody has asked for is on record"
    fleet.obey()
    assert with_new(fleet) == set()
    touched = [name for name in fleet.names if fleet.deployments(name)]
    assert touched == ["cam-0", "cam-1"], "nobody else has had it"
    fleet.live(2)
    assert with_new(fleet) == set(), "and nobody gets it by the planner's choice"


def test_canaries_that_did_worse_leave_the_target_although_the_others_only_wait(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    fleet.latency_ms |= {"new-fp32": 30.0, "new-int8": 30.0}
    begin(fleet)
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.PAUSED
    assert (states(fleet)["cam-0"], states(fleet)["cam-1"]) == ("failed", "failed")
    fleet.obey()
    assert with_new(fleet) == set(), "they are kept from it, and told so"
    assert [len(fleet.deployments(name)) for name in ("cam-0", "cam-1")] == [1, 1]


def test_who_was_away_does_not_come_to_the_target_after_all(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    fleet.quiet = {"cam-1"}
    begin(fleet)
    fleet.live(3)
    fleet.rig.wait(600.0)
    assert states(fleet)["cam-1"] == "failed"
    fleet.quiet = set()
    fleet.live(2)
    assert "cam-1" not in with_new(fleet), "its order was called off"
    last, ordered, _ = fleet.rig.store.deployments("cam-1")
    assert (last.variant, last.outcome, ordered.outcome) == ("old-fp32", "committed", "")


def test_a_way_back_reaches_those_that_were_away_longer_than_an_order_is_waited_for(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    fleet.quiet = {"cam-1"}
    begin(fleet, deadline_s=7200.0)
    fleet.live(2)
    fleet.rig.wait(3600.0)
    act(fleet, "roll-back")
    fleet.quiet = set()
    fleet.live(2)
    assert with_new(fleet) == set()


def test_what_slows_all_down_is_no_harm(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    begin(fleet)
    fleet.latency_ms = dict.fromkeys(fleet.latency_ms, 26.0)
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED


def test_a_device_that_says_nothing_fails_after_the_deadline(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    fleet.quiet = {"cam-1"}
    begin(fleet)
    fleet.live(3)
    assert state(fleet) is RolloutState.RUNNING
    fleet.rig.wait(600.0)
    assert state(fleet) is RolloutState.PAUSED
    targets = {t.device: t for t in fleet.rig.store.rollout_targets("r1")}
    assert targets["cam-1"].reason.startswith("not there after ")
    assert targets["cam-2"].state is TargetState.WAITING


def test_who_refuses_all_variants_fails_and_is_retried_by_hand(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    fleet.refuses = {"cam-1"}
    begin(fleet)
    fleet.live(4)
    assert state(fleet) is RolloutState.PAUSED
    assert states(fleet)["cam-1"] == "failed"
    fleet.refuses = set()
    fleet.rig.clock.advance(7200.0)  # refusals are forgotten after a while
    act(fleet, "retry")
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED
    assert with_new(fleet) == set(fleet.names)


def test_it_waits_for_approval_and_refuses_what_does_not_fit(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    rollouts = fleet.rig.services.rollouts
    rollouts.create("r1", PLAN, "ops")
    with pytest.raises(ConflictError, match="r1 is draft; it must be approved"):
        rollouts.act("r1", "start", "", "ops")
    assert fleet.rig.store.rollout_targets("r1") == []
    with pytest.raises(ConflictError, match="already"):
        rollouts.create("r1", PLAN, "ops")
    with pytest.raises(NotFoundError, match="model list"):
        rollouts.create("r2", msgspec.structs.replace(PLAN, target="none"), "ops")
    with pytest.raises(NotFoundError, match="group list"):
        rollouts.create("r2", msgspec.structs.replace(PLAN, group="none"), "ops")
    with pytest.raises(ConflictError, match="at version 1"):
        rollouts.act("r1", "approve", "", "ops", expected_version=7)
    with pytest.raises(ConflictError, match="rollout r1 is to go there"):
        fleet.rig.services.groups.delete("all")


def test_a_step_that_is_undone_is_forgotten(make: Callable[..., RolloutFleet]) -> None:
    fleet = make(count=2)
    begin(fleet)
    rollouts, store = fleet.rig.services.rollouts, fleet.rig.store
    with pytest.raises(RuntimeError), store.transaction():
        rollouts.act("r1", "roll-back", "", "ops")
        raise RuntimeError("the disk is full")
    assert rollouts.whole("r1").state is RolloutState.RUNNING
    (override,) = rollouts.overrides_of(store.device("cam-0"))
    assert override.target == "newnet"


def test_members_that_were_read_before_are_not_read_again(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make(count=2)
    rollouts = fleet.rig.services.rollouts
    rollouts.create("r1", PLAN, "ops")
    rollouts.act("r1", "approve", "", "chief")
    found = rollouts.preview("r1")
    fleet.rig.services.groups.change("all", "id=nobody", "")
    rollouts.act("r1", "start", "", "ops", members=found)
    assert set(states(fleet)) == {"cam-0", "cam-1"}


def test_two_rollouts_do_not_pull_at_one_device(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    begin(fleet)
    rollouts = fleet.rig.services.rollouts
    rollouts.create("r2", msgspec.structs.replace(PLAN, target="new-int8"), "ops")
    rollouts.act("r2", "approve", "", "chief")
    with pytest.raises(ConflictError, match="in rollout r1, which is running"):
        rollouts.act("r2", "start", "", "ops")


def test_what_is_set_by_hand_leaves_a_device_out(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    body = OverrideBody(kind="hold", device="cam-0", reason="cleaned", life_s=3600.0)
    fleet.rig.services.override_changes.set(body, "ops")
    fleet.rig.services.rollouts.create("r1", PLAN, "ops")
    preview = fleet.rig.services.rollouts.preview("r1")
    assert [(t.device, t.reason) for t in preview.skipped] == [("cam-0", "held by ops: cleaned")]
    assert {t.device for t in preview.targets if t.wave == 0} == {"cam-1", "cam-2"}


def test_the_objective_comes_and_goes_with_it(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    fleet.rig.store.configure_device("cam-0", None, objective={"power_w": 50.0})
    begin(fleet, objective={"latency_p95_ms": 500.0})
    objective = {n: fleet.rig.store.device(n).objective for n in ("cam-0", "cam-2")}
    assert objective == {"cam-0": {"latency_p95_ms": 500.0}, "cam-2": {}}
    act(fleet, "roll-back", "no good")
    assert fleet.rig.store.device("cam-0").objective == {"power_w": 50.0}
    fleet.obey()  # to what was under way
    fleet.obey()
    assert with_new(fleet) == set()


def test_limits_alone_come_to_who_has_the_model_and_go_with_a_roll_back(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make(count=2)
    for name in fleet.names:
        fleet.rig.store.configure_device(name, None, objective={"latency_ms": 90.0})
    begin(fleet, target="old-fp32", objective={"latency_ms": 80.0})

    def limits() -> list[float]:
        return [fleet.rig.store.device(name).objective["latency_ms"] for name in fleet.names]

    assert limits() == [80.0, 80.0]
    assert set(fleet.serving().values()) == {"old-fp32"}, "nobody leaves it meanwhile"
    act(fleet, "roll-back")
    assert limits() == [90.0, 90.0]
    act(fleet, "end")
    begin_again = msgspec.structs.replace(PLAN, target="newnet", objective={"latency_ms": 90.0})
    fleet.rig.services.rollouts.create("r2", begin_again, "ops")
    for verb in ("approve", "start", "roll-back"):
        fleet.rig.services.rollouts.act("r2", verb, "", "ops")
    assert limits() == [90.0, 90.0], "they were its own before"


def test_who_went_elsewhere_while_it_waited_goes_back_there(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    begin(fleet, target="new-fp32")
    waiting = next(name for name, one in states(fleet).items() if one == "waiting")
    before = next(t for t in fleet.rig.store.rollout_targets("r1") if t.device == waiting)
    fleet.rig.store.save_rollout(
        fleet.rig.store.rollout("r1"), [msgspec.structs.replace(before, before="gone-since")]
    )
    fleet.restart()
    fleet.live_on("r1")
    told = next(t for t in fleet.rig.store.rollout_targets("r1") if t.device == waiting)
    assert (str(told.state), told.before) == ("succeeded", "old-fp32")


def test_nobody_is_tried_again_while_another_rollout_is_there(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make(count=2)
    fleet.quiet = {"cam-0"}
    begin(fleet, error_share=1.0, success_share=0.0)
    fleet.live(6)
    fleet.rig.wait(600.0)
    assert (state(fleet), states(fleet)["cam-0"]) == (RolloutState.SUCCEEDED, "failed")
    other = msgspec.structs.replace(PLAN, target="old-fp32")
    fleet.rig.services.rollouts.create("r2", other, "ops")
    for verb in ("approve", "start"):
        fleet.rig.services.rollouts.act("r2", verb, "", "ops")
    with pytest.raises(ConflictError, match="r2"):
        fleet.rig.services.rollouts.act("r1", "retry", "", "ops")


def test_a_pause_lets_nobody_new_begin(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    begin(fleet)
    act(fleet, "pause", "lunch")
    fleet.live(6)
    assert with_new(fleet) == {"cam-0", "cam-1"}
    act(fleet, "resume")
    fleet.live_on("r1")
    assert state(fleet) is RolloutState.SUCCEEDED


def test_after_the_end_the_planner_is_free_again(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    begin(fleet)
    record = fleet.rig.store.device("cam-0")
    assert fleet.rig.services.overrides.of(record).pin
    act(fleet, "abort", "wrong")
    act(fleet, "end")
    assert not fleet.rig.services.overrides.of(record).all


def test_who_fails_often_is_left_out_for_a_while(make: Callable[..., RolloutFleet]) -> None:
    fleet = make()
    fleet.refuses = {"cam-1"}
    begin(fleet, most_failures=1)
    fleet.live(4)
    act(fleet, "abort")
    rollouts = fleet.rig.services.rollouts
    rollouts.create("r2", msgspec.structs.replace(PLAN, most_failures=1), "ops")
    reasons = {t.device: t.reason for t in rollouts.preview("r2").skipped}
    assert reasons["cam-1"] == "in the penalty box: failed 1 times in 24 h"


@pytest.mark.parametrize("row", range(0, 9, 2))
def test_a_controller_killed_behind_any_save_goes_on_without_a_double_step(
    make: Callable[..., RolloutFleet], row: int
) -> None:
    fleet = make(count=4)
    rollouts = fleet.rig.services.rollouts
    rollouts.create("r1", PLAN, "ops")
    rollouts.act("r1", "approve", "", "chief")
    if row == 0:
        fleet.lose_what_follows()
    rollouts.act("r1", "start", "", "ops")
    fleet.rig.settle()
    if row == 0:
        fleet.restart()
    for look in range(1, 40):
        fleet.obey()
        fleet.measure()
        if look == row:
            fleet.lose_what_follows()
        fleet.rig.wait(5.0)
        if look == row:
            fleet.restart()
        if state(fleet) is not RolloutState.RUNNING:
            break
    assert look >= row, "it was killed"
    assert state(fleet) is RolloutState.SUCCEEDED
    assert with_new(fleet) == set(fleet.names)
    assert [len(fleet.deployments(name)) for name in fleet.names] == [1] * 4, "each told once"


def test_who_waits_for_a_second_rollout_keeps_what_the_first_one_brought(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    begin(fleet)
    fleet.live_on("r1")
    rollouts = fleet.rig.services.rollouts
    rollouts.create("r2", msgspec.structs.replace(PLAN, target="new-int8"), "ops")
    for verb in ("approve", "start"):
        rollouts.act("r2", verb, "", "ops")
    for name in fleet.names:
        fleet.rig.queue.submit(fleet.rig.services.decisions.consider, name, "test")
    fleet.rig.settle()
    fleet.obey()
    waiting = {
        t.device for t in fleet.rig.store.rollout_targets("r2") if t.state is TargetState.WAITING
    }
    assert waiting and waiting <= with_new(fleet)
    rollouts.act("r2", "abort", "", "ops")
    rollouts.act("r2", "end", "", "ops")
    fleet.rig.settle()
    fleet.obey()
    assert with_new(fleet) == set(fleet.names), "the first one counts again"


def test_who_is_told_new_limits_while_it_is_watched_has_not_left(
    make: Callable[..., RolloutFleet],
) -> None:
    fleet = make()
    begin(fleet)
    fleet.live()
    assert states(fleet)["cam-0"] == "watched"
    fleet.rig.store.configure_device("cam-0", None, objective={"memory_bytes": 10**9})
    fleet.rig.queue.submit(fleet.rig.services.decisions.consider, "cam-0", "new limits")
    fleet.rig.settle()
    assert (
        fleet.rig.store.deployment("cam-0", fleet.rig.store.device("cam-0").revision).outcome == ""
    )
    fleet.quiet.add("cam-0")
    fleet.live()
    assert states(fleet)["cam-0"] == "watched"
