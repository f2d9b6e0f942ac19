"""The table of a rollout, row by row, and as a whole with a controller that dies anywhere."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_controller.domain.overrides.overrides import OverrideKind
from lamplighter_controller.domain.rollouts.changes.model import ModelChange
from lamplighter_controller.domain.rollouts.gates import CanaryVerdict, GateState
from lamplighter_controller.domain.rollouts.rollout import (
    IN_FLIGHT,
    FailureResponse,
    Rollout,
    RolloutPlan,
    RolloutState,
    Target,
    TargetState,
    WaveKind,
    overrides_of,
    released,
)
from lamplighter_controller.domain.rollouts.state_machine import (
    FITS,
    Aborted,
    Approved,
    Ended,
    Event,
    Failed,
    IllegalStepError,
    Looked,
    Paused,
    Resumed,
    Retried,
    RolledBack,
    Seen,
    Started,
    step,
)

PLAN = RolloutPlan(target="m", group="g", watch_s=100.0, deadline_s=1000.0, per_site=0, at_once=0)
CLEAR = CanaryVerdict(GateState.NO_HARM)
HARM = CanaryVerdict(GateState.HARM, ("latency: worse",))
EVENTS: dict[type, Event] = {
    Approved: Approved(),
    Started: Started([]),
    Paused: Paused(),
    Resumed: Resumed(),
    Retried: Retried(),
    Failed: Failed("cam-0", "it does not come up"),
    Aborted: Aborted(),
    RolledBack: RolledBack(),
    Ended: Ended(),
    Looked: Looked(),
}


def targets(*waves: int) -> list[Target]:
    return [Target(device=f"cam-{i}", wave=wave, before="old") for i, wave in enumerate(waves)]


def started(*waves: int, **plan: object) -> Rollout:
    rollout = Rollout(name="r", plan=msgspec.structs.replace(PLAN, **plan))
    approved = step(rollout, Approved(), 0.0).rollout
    return step(approved, Started(targets(*waves)), 0.0).rollout


def look(rollout: Rollout, now: float, gate: CanaryVerdict = CLEAR, **seen: Seen) -> Rollout:
    by_id = {name.replace("_", "-"): one for name, one in seen.items()}
    return step(rollout, Looked(by_id, gate), now).rollout


def states(rollout: Rollout) -> list[str]:
    return [str(target.state) for target in rollout.targets.values()]


@pytest.mark.parametrize("state", list(RolloutState))
@pytest.mark.parametrize("kind", list(EVENTS))
def test_an_event_fits_or_is_refused_with_the_states_it_fits(
    state: RolloutState, kind: type
) -> None:
    rollout = Rollout(name="r", plan=PLAN, state=state)
    if state in FITS[kind]:
        step(rollout, EVENTS[kind], 0.0)
        return
    with pytest.raises(IllegalStepError, match=f"r is {state}; it must be {FITS[kind][0]}"):
        step(rollout, EVENTS[kind], 0.0)


def test_who_fell_silent_is_waited_for_and_who_is_retired_counts_no_more() -> None:
    rollout = look(started(0, 1), 10.0, cam_0=Seen(serves=True))
    silent = look(rollout, 500.0, cam_0=Seen(serves=True, silent_s=490.0))
    assert states(silent)[0] == "watched", "it may have died of it"
    assert states(look(silent, 510.0, cam_0=Seen(serves=True, silent_s=1.0)))[0] == "succeeded"
    late = look(silent, 1200.0, cam_0=Seen(serves=True, silent_s=1190.0))
    assert states(late)[0] == "failed"
    two = look(started(0, 0, 1), 10.0, cam_0=Seen(serves=True), cam_1=Seen(serves=True))
    gone = look(two, 20.0, cam_0=Seen(gone="it is retired"), cam_1=Seen(serves=True))
    assert (states(gone)[0], gone.state) == ("skipped", RolloutState.RUNNING)


def test_only_canaries_are_told_at_the_start() -> None:
    rollout = Rollout(name="r", plan=PLAN, state=RolloutState.APPROVED)
    begun = step(rollout, Started(targets(0, 0, 1, 2)), 5.0)
    assert begun.tell == ("cam-0", "cam-1")
    assert states(begun.rollout) == ["ordered", "ordered", "waiting", "waiting"]


def test_a_canary_succeeds_when_it_was_watched_and_the_gate_is_clear() -> None:
    there = Seen(serves=True)
    rollout = look(started(0, 1), 10.0, cam_0=there)
    assert states(rollout) == ["watched", "waiting"]
    assert states(look(rollout, 109.0, cam_0=there))[0] == "watched", "not long enough"
    undecided = CanaryVerdict(GateState.UNDECIDED)
    assert states(look(rollout, 111.0, undecided, cam_0=there))[0] == "watched"
    opened = look(rollout, 111.0, cam_0=there)
    assert states(opened) == ["succeeded", "ordered"]
    assert opened.wave == 1
    done = look(look(opened, 120.0, cam_1=there), 221.0, cam_1=there)
    assert (done.state, states(done)) == (RolloutState.SUCCEEDED, ["succeeded", "succeeded"])


@pytest.mark.parametrize(
    ("at", "gate", "seen", "reason"),
    [
        (10.0, CLEAR, Seen(failure="rejected: OOM"), "rejected: OOM"),
        (1001.0, CLEAR, Seen(), "not there after 1001 s"),
    ],
)
def test_how_a_device_that_was_told_fails(
    at: float, gate: CanaryVerdict, seen: Seen, reason: str
) -> None:
    rollout = look(started(0, 1), at, gate, cam_0=seen)
    assert rollout.targets["cam-0"].reason == reason
    assert (rollout.state, rollout.reason) == (RolloutState.PAUSED, "1 of 1 devices failed")
    assert states(rollout) == ["failed", "waiting"], "nobody else is told"


@pytest.mark.parametrize(
    ("at", "gate", "seen", "reason"),
    [
        (20.0, CLEAR, Seen(serves=False), "it has left the target again"),
        (20.0, CLEAR, Seen(serves=True, silent_s=1001.0), "silent for 1001 s"),
        (20.0, HARM, Seen(serves=True), "worse than before"),
        (
            1200.0,
            CanaryVerdict(GateState.UNDECIDED),
            Seen(serves=True),
            "the gate found no answer in time",
        ),
    ],
)
def test_how_a_device_that_is_watched_fails(
    at: float, gate: CanaryVerdict, seen: Seen, reason: str
) -> None:
    watched = look(started(0, 1), 10.0, cam_0=Seen(serves=True))
    rollout = look(watched, at, gate, cam_0=seen)
    assert rollout.targets["cam-0"].reason == reason
    assert rollout.state is RolloutState.PAUSED
    assert states(rollout) == ["failed", "waiting"]


def test_no_wave_follows_canaries_that_have_all_left() -> None:
    left = look(started(0, 1), 10.0, cam_0=Seen(gone="it is retired"))
    assert (left.state, states(left)) == (RolloutState.PAUSED, ["skipped", "waiting"])
    assert left.reason == "0 % of wave 0 succeeded, 90 % are needed"
    resumed = step(left, Resumed(), 20.0)
    assert resumed.tell == ("cam-1",), "somebody has seen it"
    assert look(started(1, canaries_per_class=0), 10.0).state is RolloutState.RUNNING


def test_harm_rolls_all_back_where_that_is_wanted() -> None:
    begun = started(0, 0, 1, on_error=FailureResponse.ROLL_BACK)
    back = step(begun, Looked({"cam-0": Seen(), "cam-1": Seen()}, HARM), 10.0)
    assert back.rollout.state is RolloutState.ROLLED_BACK
    assert back.rollout.reason == "canaries: latency: worse"
    assert back.tell == ("cam-0", "cam-1")
    assert states(back.rollout) == ["rolled_back", "rolled_back", "waiting"]
    kinds = [
        [one.kind for one in overrides_of(back.rollout, target)]
        for target in back.rollout.targets.values()
    ]
    away = [OverrideKind.PIN, OverrideKind.AVOID]
    assert kinds == [away, away, [OverrideKind.AVOID]], "who waited is kept from it"


def test_few_failures_do_not_stop_it_and_too_few_successes_open_no_wave() -> None:
    begun = started(*[0] * 10, 1, error_share=0.25, success_share=0.9)
    seen = {f"cam_{i}": Seen(serves=True) for i in range(8)}
    failing = {"cam_8": Seen(failure="x"), "cam_9": Seen(failure="x")}
    watched = look(begun, 10.0, **seen, **failing)
    assert watched.state is RolloutState.RUNNING
    rollout = look(watched, 111.0, **seen)
    assert rollout.reason == "80 % of wave 0 succeeded, 90 % are needed"
    resumed = step(rollout, Resumed(), 200.0)
    assert resumed.tell == ("cam-10",)
    assert look(resumed.rollout, 210.0).state is RolloutState.RUNNING, "what was seen is forgiven"


def test_retrying_tells_those_again_that_did_not_fail_too_often() -> None:
    rollout = look(started(0, most_failures=2), 10.0, cam_0=Seen(failure="x"))
    again = step(rollout, Retried(), 20.0)
    assert (again.tell, again.rollout.state) == (("cam-0",), RolloutState.RUNNING)
    failed = look(again.rollout, 30.0, cam_0=Seen(failure="x"))
    assert step(failed, Retried(), 40.0).tell == ()


def test_who_has_failed_is_told_so_behind_those_whose_turn_it_is() -> None:
    begun = started(*[0] * 10, 1, error_share=0.5, success_share=0.5)
    there = {f"cam-{i}": Seen(serves=True) for i in range(8)}
    seen = there | {"cam-8": Seen(failure="x"), "cam-9": Seen(failure="x")}
    watched = step(begun, Looked(seen, CLEAR), 10.0)
    assert watched.tell == ("cam-8", "cam-9")
    left = there | {"cam-0": Seen(failure="x")}
    assert step(watched.rollout, Looked(left, CLEAR), 111.0).tell == ("cam-10", "cam-0")
    paused = step(started(0), Looked({"cam-0": Seen(failure="x")}, CLEAR), 5.0)
    assert (paused.rollout.state, paused.tell) == (RolloutState.PAUSED, ("cam-0",))


def test_of_a_name_that_was_released_nothing_is_tried_again_or_taken_back() -> None:
    rollout = look(started(0, 0, 1, error_share=1.0), 10.0, cam_0=Seen(failure="x"))
    gone = {name: released(target, 11.0) for name, target in rollout.targets.items()}
    rollout = msgspec.structs.replace(rollout, targets=gone)
    assert states(rollout) == ["failed", "skipped", "skipped"]
    assert step(rollout, Retried(), 20.0).tell == ()
    assert step(rollout, RolledBack(), 20.0).tell == ()


def test_who_is_in_flight_gets_its_time_again_after_a_pause() -> None:
    paused = step(started(0), Paused("lunch"), 10.0).rollout
    resumed = step(paused, Resumed(), 5000.0).rollout
    assert states(look(resumed, 5500.0, cam_0=Seen())) == ["ordered"]


def test_what_could_not_be_installed_counts_as_failed_also_while_it_is_paused() -> None:
    begun = started(0, 0, error_share=0.1)
    first = step(begun, Failed("cam-0", "it does not come up"), 5.0).rollout
    assert (first.state, states(first)) == (RolloutState.PAUSED, ["failed", "ordered"])
    second = step(first, Failed("cam-1", "neither does this"), 6.0).rollout
    assert (second.state, states(second)) == (RolloutState.PAUSED, ["failed", "failed"])
    assert second.targets["cam-1"].reason == "neither does this"
    assert step(second, Failed("cam-1", "again"), 7.0).rollout == second, "it is told no more"


def test_aborting_leaves_those_that_have_it_and_keeps_it_from_the_others() -> None:
    watched = look(started(0, 1), 10.0, cam_0=Seen(serves=True))
    aborted = step(watched, Aborted("wrong model"), 20.0)
    assert aborted.tell == ()
    assert states(aborted.rollout) == ["watched", "skipped"]
    first, second = aborted.rollout.targets.values()
    assert [o.kind for o in overrides_of(aborted.rollout, first)] == [OverrideKind.PIN]
    assert [o.kind for o in overrides_of(aborted.rollout, second)] == [OverrideKind.AVOID]
    ended = step(aborted.rollout, Ended(), 30.0).rollout
    assert [overrides_of(ended, target) for target in ended.targets.values()] == [[], []]


def test_caps_on_a_site_and_on_all() -> None:
    plan = msgspec.structs.replace(PLAN, per_site=2, at_once=5)
    fleet = [Target(device=f"cam-{i}", site=f"site-{i % 3}") for i in range(12)]
    rollout = Rollout(name="r", plan=plan, state=RolloutState.APPROVED)
    begun = step(rollout, Started(fleet), 0.0)
    sites = Counter(begun.rollout.targets[device].site for device in begun.tell)
    assert len(begun.tell) == 5
    assert max(sites.values()) <= 2
    nowhere = [msgspec.structs.replace(target, site="") for target in fleet]
    assert len(step(rollout, Started(nowhere), 0.0).tell) == 5, "who has no site shares none"


FATES = st.sampled_from(["good", "good", "good", "rejects", "dies", "goes quiet", "leaves"])


class Fleet:
    """Devices that do what they are told in their own way, and a controller that may die."""

    def __init__(self, fates: list[str]) -> None:
        self.fates = {f"cam-{i}": fate for i, fate in enumerate(fates)}
        self.told: Counter[str] = Counter()
        self.served_since: dict[str, float] = {}

    def tell(self, rollout: Rollout, devices: tuple[str, ...], now: float) -> None:
        """What a controller does after a save: an order only to who does not serve it yet."""
        for device in devices:
            target = rollout.targets[device]
            if target.state is TargetState.ORDERED and device not in self.served_since:
                self.told[device] += 1
                if self.fates[device] not in ("rejects", "dies"):
                    self.served_since[device] = now
            elif target.state is TargetState.ROLLED_BACK:
                self.served_since.pop(device, None)

    def seen(self, rollout: Rollout, now: float) -> dict[str, Seen]:
        flying = [t.device for t in rollout.targets.values() if t.state in IN_FLIGHT]
        return {device: self._seen(device, now) for device in flying}

    def _seen(self, device: str, now: float) -> Seen:
        fate, since = self.fates[device], self.served_since.get(device)
        if fate == "rejects" and self.told[device]:
            return Seen(failure="rejected")
        serves = since is not None and not (fate == "leaves" and now > since + 50.0)
        return Seen(serves=serves, silent_s=5000.0 if fate == "goes quiet" else 0.0)


@settings(max_examples=60, deadline=None)
@given(
    fates=st.lists(FATES, min_size=1, max_size=14),
    dies=st.lists(st.booleans(), min_size=60, max_size=60),
    on_error=st.sampled_from(FailureResponse),
    error_share=st.sampled_from([0.05, 0.5, 1.0]),
)
def test_a_controller_that_dies_after_any_save_goes_on_without_a_double_step(
    fates: list[str], dies: list[bool], on_error: FailureResponse, error_share: float
) -> None:
    plan = msgspec.structs.replace(
        PLAN,
        on_error=on_error,
        error_share=error_share,
        success_share=0.0,
        waves=WaveKind.FIXED,
        per_site=1,
        at_once=3,
    )
    fleet, now = Fleet(fates), 0.0
    devices = [
        Target(device=name, wave=i // 3, site=f"s{i % 2}", before="old")
        for i, name in enumerate(fleet.fates)
    ]
    saved = Rollout(name="r", plan=plan, state=RolloutState.APPROVED)
    event: Event = Started(devices)
    for has_died in dies:
        before = saved
        done = step(saved, event, now)
        saved = msgspec.json.decode(msgspec.json.encode(done.rollout), type=Rollout)
        if not has_died:
            fleet.tell(saved, done.tell, now)
        else:  # a start tells whom the saved state says must be told
            flying = [t.device for t in saved.targets.values() if t.state is TargetState.ORDERED]
            back = [t.device for t in saved.targets.values() if t.state is TargetState.ROLLED_BACK]
            fleet.tell(saved, (*flying, *back), now)
        in_flight = [t for t in saved.targets.values() if t.state in IN_FLIGHT]
        assert len(in_flight) <= 3
        assert max(Counter(t.site for t in in_flight).values(), default=0) <= 1
        assert all(fleet.told[t.device] == 0 for t in saved.targets.values() if _waits(t))
        assert saved.wave >= before.wave
        if saved.state is not RolloutState.RUNNING:
            break
        now += 60.0
        event = Looked(fleet.seen(saved, now), CLEAR)
    assert max(fleet.told.values(), default=0) <= 60
    once = [device for device, fate in fleet.fates.items() if fate not in ("dies", "rejects")]
    assert all(fleet.told[device] <= 1 for device in once), "told once, however often it died"
    if saved.state is RolloutState.SUCCEEDED:
        good = [device for device, fate in fleet.fates.items() if fate == "good"]
        assert all(saved.targets[d].state is TargetState.SUCCEEDED for d in good)


def _waits(target: Target) -> bool:
    return target.state is TargetState.WAITING


def test_who_is_held_back_by_its_hours_or_bytes_has_not_failed() -> None:
    waiting = started(0)
    held = look(waiting, 5000.0, cam_0=Seen(held="the site has had 3.0 of 3.0 MB a day"))
    assert states(held) == ["ordered"]
    assert states(look(held, 5001.0, cam_0=Seen())) == ["failed"]


def test_of_those_that_share_a_link_only_so_many_are_told_at_once() -> None:
    plan = msgspec.structs.replace(PLAN, per_link=1)
    links = ("dsl", "dsl", "", "", "lte")
    sharing = [
        msgspec.structs.replace(target, link=link)
        for target, link in zip(targets(0, 0, 0, 0, 0), links, strict=True)
    ]
    approved = step(Rollout(name="r", plan=plan), Approved(), 0.0).rollout
    begun = step(approved, Started(sharing), 0.0)
    assert begun.tell == ("cam-0", "cam-2", "cam-3", "cam-4"), "who shares none is not bound"
    there = dict.fromkeys(("cam_0", "cam_2", "cam_3", "cam_4"), Seen(serves=True))
    seen = look(begun.rollout, 10.0, **there)
    after = look(seen, 200.0, **there)
    assert after.targets["cam-1"].state is TargetState.ORDERED


def test_a_rollout_of_before_there_were_kinds_is_one_of_a_model() -> None:
    kept = {"target": "m@2", "group": "g", "objective": {"power_w": 5.0}}
    plan = msgspec.convert(kept, RolloutPlan)
    assert plan.what == ModelChange(target="m@2", objective={"power_w": 5.0})
