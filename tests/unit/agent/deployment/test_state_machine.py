"""The deployment machine: its rows, and what holds whatever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_agent.deployment.state_machine import (
    MAX_ENTRIES,
    MAX_FETCHES,
    RESTING,
    Effect,
    Event,
    Failed,
    IllegalStepError,
    Machine,
    OrderReceived,
    Phase,
    Refused,
    Resumed,
    Stopped,
    Succeeded,
    legal,
    outcome,
    step,
)
from lamplighter_wire.enums import ReasonCode


def run(*events: Event, start: Machine | None = None) -> Machine:
    machine = start or Machine()
    for event in events:
        machine, _ = step(machine, event)
    return machine


ORDER, DONE = OrderReceived(3), Succeeded()
TO: dict[Phase, tuple[Event, ...]] = {
    Phase.IDLE: (),
    Phase.FETCHING: (ORDER,),
    Phase.VERIFYING: (ORDER, DONE),
    Phase.STAGED: (ORDER, DONE, DONE),
    Phase.PROBATION: (ORDER, DONE, DONE, DONE),
    Phase.COMMITTED: (ORDER, DONE, DONE, DONE, DONE),
    Phase.ROLLING_BACK: (ORDER, DONE, DONE, DONE, Failed("OVER_BUDGET")),
    Phase.FAILED: (ORDER, Failed("DISK_FULL")),
    Phase.REJECTED: (ORDER, DONE, DONE, Failed("SLOWER")),
}


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_is_reached(phase: Phase) -> None:
    assert run(*TO[phase]).phase is phase


def test_the_straight_road_commits_and_promotes() -> None:
    machine, effects = step(run(*TO[Phase.PROBATION]), Succeeded())
    assert effects == (Effect.PROMOTE, Effect.REPORT, Effect.LADDER)
    assert outcome(machine) == "committed"
    assert machine.highest == 3


@pytest.mark.parametrize(
    ("at", "reason", "ends"),
    [
        (Phase.FETCHING, "DISK_FULL", Phase.FAILED),
        (Phase.VERIFYING, "SIGNATURE", Phase.REJECTED),
        (Phase.VERIFYING, "INCOMPATIBLE", Phase.REJECTED),
        (Phase.VERIFYING, "OOM", Phase.REJECTED),
        (Phase.STAGED, "LESS_ACCURATE", Phase.REJECTED),
        (Phase.STAGED, "DOMINATED", Phase.REJECTED),
        (Phase.STAGED, "TIMEOUT", Phase.FAILED),
        (Phase.PROBATION, "OVER_BUDGET", Phase.ROLLING_BACK),
    ],
)
def test_failures_end_where_they_belong(at: Phase, reason: str, ends: Phase) -> None:
    machine = run(*TO[at], Failed(reason, "why"))
    assert (machine.phase, machine.reason, machine.detail) == (ends, reason, "why")


def test_a_rollback_is_told_from_a_failure() -> None:
    assert outcome(run(*TO[Phase.ROLLING_BACK], Succeeded())) == "rolled_back"
    assert outcome(run(*TO[Phase.FAILED])) == "failed"
    assert outcome(run(*TO[Phase.REJECTED])) == "rejected"
    assert outcome(run(*TO[Phase.STAGED])) == ""


@pytest.mark.parametrize("at", [Phase.FETCHING, Phase.VERIFYING, Phase.STAGED])
def test_a_newer_desired_state_aborts_the_one_in_work(at: Phase) -> None:
    machine, effects = step(run(*TO[at]), OrderReceived(4))
    assert (machine.phase, machine.revision) == (Phase.FETCHING, 4)
    assert effects[0] is Effect.REPORT_ABORTED
    assert effects[-1] is Effect.FETCH


def test_a_newer_desired_state_in_probation_waits_for_the_rollback() -> None:
    machine, effects = step(run(*TO[Phase.PROBATION]), OrderReceived(4))
    assert (machine.phase, machine.reason) == (Phase.ROLLING_BACK, ReasonCode.ABORTED)
    assert effects[-1] is Effect.ROLL_BACK
    machine = run(OrderReceived(6), Succeeded(), start=machine)
    assert (machine.phase, machine.revision, machine.waiting) == (Phase.FETCHING, 6, 0)


@pytest.mark.parametrize("at", list(Phase))
def test_stale_and_repeated_revisions_change_nothing(at: Phase) -> None:
    machine = run(*TO[at], start=Machine(highest=2))
    known = max(machine.highest, 2)
    assert step(machine, OrderReceived(known)) == (machine, (Effect.REPORT,))
    assert step(machine, OrderReceived(known - 1)) == (machine, (Effect.REFUSE,))
    assert step(machine, Refused("SIGNATURE")) == (machine, (Effect.REFUSE,))


@pytest.mark.parametrize("at", [p for p in Phase if p not in RESTING])
def test_a_restart_serves_first_and_goes_on(at: Phase) -> None:
    machine, effects = step(run(*TO[at]), Resumed())
    assert machine.phase is at
    assert effects[0] is Effect.RESUME
    assert len(effects) > 2


@pytest.mark.parametrize(
    ("at", "ends"), [(Phase.STAGED, Phase.REJECTED), (Phase.PROBATION, Phase.ROLLING_BACK)]
)
def test_a_candidate_that_kills_the_process_twice_is_given_up(at: Phase, ends: Phase) -> None:
    machine = run(*TO[at], Resumed(), Resumed())
    assert (machine.phase, machine.reason) == (ends, ReasonCode.DIED)


@pytest.mark.parametrize("at", [p for p in Phase if p not in RESTING])
def test_a_clean_stop_is_not_a_death(at: Phase) -> None:
    before = run(*TO[at])
    assert run(*[Stopped(), Resumed()] * MAX_ENTRIES, start=before) == before


@pytest.mark.parametrize("at", list(Phase))
def test_a_stop_changes_neither_phase_nor_outcome(at: Phase) -> None:
    before = run(*TO[at])
    stopped, effects = step(before, Stopped())
    assert (stopped.phase, outcome(stopped), effects) == (at, outcome(before), ())


@pytest.mark.parametrize("at", [Phase.STAGED, Phase.PROBATION])
def test_a_clean_stop_between_two_deaths_hides_neither(at: Phase) -> None:
    machine = run(*TO[at], Resumed(), Stopped(), Resumed())
    assert machine.phase is at
    assert run(Resumed(), start=machine).reason == ReasonCode.DIED


@pytest.mark.parametrize("reason", ["TIMEOUT", "HASH"])
def test_fetching_is_tried_again_but_not_for_ever(reason: str) -> None:
    machine = run(OrderReceived(1))
    for _ in range(MAX_FETCHES - 1):
        machine = run(Failed(reason), start=machine)
        assert machine.phase is Phase.FETCHING
    assert run(Failed(reason), start=machine).phase is Phase.FAILED


def test_a_missing_row_raises() -> None:
    with pytest.raises(IllegalStepError, match="Succeeded in IDLE"):
        step(Machine(), Succeeded())


def _events(machine: Machine) -> st.SearchStrategy[Event]:
    kinds: dict[type, st.SearchStrategy[Event]] = {
        OrderReceived: st.integers(0, machine.highest + 2).map(OrderReceived),
        Refused: st.sampled_from(["SIGNATURE", "EXPIRED"]).map(Refused),
        Succeeded: st.just(Succeeded()),
        Failed: st.sampled_from(sorted(ReasonCode)).map(Failed),
        Resumed: st.just(Resumed()),
        Stopped: st.just(Stopped()),
    }
    return st.one_of([kinds[kind] for kind in legal(machine.phase)])


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_legal_happens_the_invariants_hold(data: st.DataObject) -> None:
    machine = Machine()
    for _ in range(data.draw(st.integers(1, 40))):
        before = machine
        machine, effects = step(machine, data.draw(_events(machine)))
        assert machine.highest >= before.highest
        assert machine.entries <= MAX_ENTRIES + 1
        assert (Effect.PROMOTE in effects) == (
            before.phase is Phase.PROBATION and machine.phase is Phase.COMMITTED
        )
        if machine.phase in (Phase.FAILED, Phase.REJECTED, Phase.ROLLING_BACK):
            assert machine.reason
    machine = _settle(machine, data)
    assert machine.phase in RESTING


def _settle(machine: Machine, data: st.DataObject) -> Machine:
    """Only answers to effects and restarts from here on: every road ends."""
    answers = (Succeeded, Failed, Resumed)
    for _ in range(2 * MAX_ENTRIES + MAX_FETCHES):
        if machine.phase in RESTING:
            return machine
        possible = [kind for kind in legal(machine.phase) if kind in answers]
        if machine.phase is Phase.ROLLING_BACK:
            possible = [Succeeded]
        kind = data.draw(st.sampled_from(possible))
        reason = data.draw(st.sampled_from(sorted(ReasonCode)))
        machine, _ = step(machine, Failed(reason) if kind is Failed else kind())
    return machine
