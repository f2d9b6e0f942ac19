"""The life of one deployment as a table: `step(machine, event) -> (machine, effects)`.

Pure: no clock, no disk, no network. The runner journals the new machine before it performs the
effects, so a restart at any instruction finds a state from which this table goes on.

order ─▶ FETCHING ─▶ VERIFYING ─▶ STAGED ─▶ PROBATION ─▶ COMMITTED
             │            │          │           │
             └─ FAILED / REJECTED ◀──┘     ROLLING_BACK ─▶ FAILED
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec
from lamplighter_wire.enums import Outcome, ReasonCode

from lamplighter_agent.errors import AgentError


class Phase(StrEnum):
    """Where a deployment stands."""

    IDLE = "IDLE"
    FETCHING = "FETCHING"
    VERIFYING = "VERIFYING"
    STAGED = "STAGED"
    PROBATION = "PROBATION"
    COMMITTED = "COMMITTED"
    ROLLING_BACK = "ROLLING_BACK"
    FAILED = "FAILED"
    REJECTED = "REJECTED"


RESTING = frozenset({Phase.IDLE, Phase.COMMITTED, Phase.FAILED, Phase.REJECTED})

# No deployment enters more states than this, restarts and retries included (Mender uses 28 too).
MAX_ENTRIES = 28
# A fetch that stalls or a chunk that rots on the disk is tried again this often.
MAX_FETCHES = 5
# A process that dies twice with a candidate in its memory will die a third time.
MAX_LOADS = 2

# Reasons that lie with the candidate; all others lie with the circumstances.
REJECTIONS = frozenset(
    {
        ReasonCode.SIGNATURE,
        ReasonCode.EXPIRED,
        ReasonCode.INCOMPATIBLE,
        ReasonCode.HARMFUL,
        ReasonCode.OOM,
        ReasonCode.DIED,
        ReasonCode.SLOWER,
        ReasonCode.DOMINATED,
        ReasonCode.LESS_ACCURATE,
        ReasonCode.OVER_BUDGET,
    }
)
RETRIED = frozenset({ReasonCode.TIMEOUT, ReasonCode.HASH})


class Effect(StrEnum):
    """What the runner does next, in the order given. The last may answer with an event."""

    REPORT = "report"  # send Reported
    REPORT_ABORTED = "report_aborted"  # the deployment that was replaced has ended
    REFUSE = "refuse"  # say why a desired state was not taken; nothing changes
    FETCH = "fetch"
    VERIFY = "verify"
    PROVE = "prove"
    SWAP = "swap"  # the candidate serves
    WATCH = "watch"
    PROMOTE = "promote"  # the candidate is known-good (journalled with the state)
    LADDER = "ladder"  # make the other rungs resident
    RESUME = "resume"  # serve what is known-good
    ROLL_BACK = "roll_back"
    DROP = "drop"  # forget the candidate


class OrderReceived(msgspec.Struct, frozen=True, tag=True):
    """A verified desired state arrived."""

    revision: int


class Refused(msgspec.Struct, frozen=True, tag=True):
    """A desired state could not be believed."""

    reason: str
    detail: str = ""
    revision: int = 0  # as the document says itself; 0: unreadable


class Succeeded(msgspec.Struct, frozen=True, tag=True):
    """The effect of this phase has succeeded."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The effect of this phase has failed, for a ReasonCode."""

    reason: str
    detail: str = ""


class Resumed(msgspec.Struct, frozen=True, tag=True):
    """The process has just come up and read its journal."""


class Stopped(msgspec.Struct, frozen=True, tag=True):
    """The process ends because it was asked to, not because of what it was doing."""


Event = OrderReceived | Refused | Succeeded | Failed | Resumed | Stopped


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The whole memory of the table."""

    phase: Phase = Phase.IDLE
    revision: int = 0  # of the deployment in hand, or the last one
    highest: int = 0  # highest revision ever taken; lower ones are stale
    waiting: int = 0  # newer revision that waits for the rollback to end; 0: none
    reason: str = ""
    detail: str = ""
    entries: int = 0  # states entered or resumed by this deployment
    fetches: int = 0  # times FETCHING was entered by this deployment
    loads: int = 0  # times in a row the present phase was entered and not left by a clean stop
    rolled_back: bool = False  # the failed candidate had served, and serves no more


class IllegalStepError(AgentError):
    """The table has no row for this event in this phase."""


Step = tuple[Machine, tuple[Effect, ...]]
Row = Callable[[Machine, Any], Step]

# What each working phase does when it is entered or resumed.
_WORK: dict[Phase, tuple[Effect, ...]] = {
    Phase.FETCHING: (Effect.REPORT, Effect.FETCH),
    Phase.VERIFYING: (Effect.REPORT, Effect.VERIFY),
    Phase.STAGED: (Effect.REPORT, Effect.PROVE),
    Phase.PROBATION: (Effect.SWAP, Effect.REPORT, Effect.WATCH),
    Phase.ROLLING_BACK: (Effect.REPORT, Effect.ROLL_BACK),
}


def step(machine: Machine, event: Event) -> Step:
    """The next state and what to do. Raises IllegalStepError where the table has no row."""
    row = _TABLE.get((machine.phase, type(event)))
    if row is None:
        raise IllegalStepError(f"no row for {type(event).__name__} in {machine.phase}")
    return row(machine, event)


def legal(phase: Phase) -> list[type[Event]]:
    """The events that have a row in `phase`."""
    return [kind for at, kind in _TABLE if at is phase]


def outcome(machine: Machine) -> Outcome:
    """How the deployment ended; NONE while it runs."""
    if machine.phase is Phase.FAILED:
        return Outcome.ROLLED_BACK if machine.rolled_back else Outcome.FAILED
    ended = {Phase.COMMITTED: Outcome.COMMITTED, Phase.REJECTED: Outcome.REJECTED}
    return ended.get(machine.phase, Outcome.NONE)


# --- rows


def _enter(machine: Machine, phase: Phase, *, reason: str = "", detail: str = "") -> Step:
    """Enter a working phase, or end the deployment when it has entered too many."""
    entered = msgspec.structs.replace(
        machine,
        phase=phase,
        reason=reason,
        detail=detail,
        entries=machine.entries + 1,
        fetches=machine.fetches + (phase is Phase.FETCHING),
        loads=machine.loads + 1 if phase is machine.phase else 1,
    )
    if entered.entries > MAX_ENTRIES and phase is not Phase.ROLLING_BACK:
        return _give_up(machine, ReasonCode.TIMEOUT, f"{MAX_ENTRIES} states entered")
    return entered, _WORK[phase]


def _give_up(machine: Machine, reason: str, detail: str) -> Step:
    """End before the candidate served, or roll back when it already does."""
    if machine.phase is Phase.PROBATION:
        return _enter(machine, Phase.ROLLING_BACK, reason=reason, detail=detail)
    phase = Phase.REJECTED if reason in REJECTIONS else Phase.FAILED
    ended = msgspec.structs.replace(machine, phase=phase, reason=reason, detail=detail, loads=0)
    return ended, (Effect.DROP, Effect.REPORT)


def _begin(revision: int) -> Step:
    return _enter(Machine(revision=revision, highest=revision), Phase.FETCHING)


def _ordered(machine: Machine, event: OrderReceived, newer: Callable[[int], Step]) -> Step:
    """Common to all phases: stale revisions are refused, the known one is only reported."""
    known = max(machine.highest, machine.waiting)
    if event.revision < known:
        return machine, (Effect.REFUSE,)
    if event.revision == known:
        return machine, (Effect.REPORT,)
    return newer(event.revision)


def _ordered_at_rest(machine: Machine, event: OrderReceived) -> Step:
    return _ordered(machine, event, lambda revision: _begin(revision))


def _ordered_in_work(machine: Machine, event: OrderReceived) -> Step:
    def replace(revision: int) -> Step:
        entered, effects = _begin(revision)
        return entered, (Effect.REPORT_ABORTED, Effect.DROP, *effects)

    return _ordered(machine, event, replace)


def _ordered_in_service(machine: Machine, event: OrderReceived) -> Step:
    def replace(revision: int) -> Step:
        held = msgspec.structs.replace(machine, waiting=revision)
        if machine.phase is Phase.ROLLING_BACK:
            return held, (Effect.ROLL_BACK,)
        detail = f"replaced by revision {revision}"
        return _enter(held, Phase.ROLLING_BACK, reason=ReasonCode.ABORTED, detail=detail)

    return _ordered(machine, event, replace)


def _refused(machine: Machine, _event: Event) -> Step:
    return machine, (Effect.REFUSE,)


def _go(phase: Phase) -> Row:
    return lambda machine, _event: _enter(machine, phase)


def _commit(machine: Machine, _event: Event) -> Step:
    done = msgspec.structs.replace(machine, phase=Phase.COMMITTED, reason="", detail="", loads=0)
    return done, (Effect.PROMOTE, Effect.REPORT, Effect.LADDER)


def _rolled_back(machine: Machine, _event: Event) -> Step:
    if machine.waiting:
        entered, effects = _begin(machine.waiting)
        return entered, (Effect.REPORT_ABORTED, Effect.DROP, *effects)
    ended = msgspec.structs.replace(machine, phase=Phase.FAILED, loads=0, rolled_back=True)
    return ended, (Effect.DROP, Effect.REPORT)


def _failed(machine: Machine, event: Failed) -> Step:
    return _give_up(machine, event.reason, event.detail)


def _fetch_again(machine: Machine, event: Failed) -> Step:
    """A stalled link or rotten bytes: fetch again, a bounded number of times."""
    if event.reason in RETRIED and machine.fetches < MAX_FETCHES:
        return _enter(machine, Phase.FETCHING, reason=event.reason, detail=event.detail)
    return _give_up(machine, event.reason, event.detail)


def _resume_at_rest(machine: Machine, _event: Event) -> Step:
    ladder = (Effect.LADDER,) if machine.phase is Phase.COMMITTED else ()
    return machine, (Effect.RESUME, Effect.REPORT, *ladder)


def _resume_in_work(machine: Machine, _event: Event) -> Step:
    died_with_candidate = machine.phase in (Phase.STAGED, Phase.PROBATION)
    if died_with_candidate and machine.loads >= MAX_LOADS:
        detail = f"the process died {machine.loads} times in {machine.phase}"
        again, effects = _give_up(machine, ReasonCode.DIED, detail)
    else:
        same = machine.phase
        again, effects = _enter(machine, same, reason=machine.reason, detail=machine.detail)
    return again, (Effect.RESUME, *effects)


def _stopped(machine: Machine, _event: Event) -> Step:
    """Take the entry back: the restart enters again, and nothing died in between."""
    left = msgspec.structs.replace(
        machine,
        entries=max(0, machine.entries - 1),
        fetches=max(0, machine.fetches - (machine.phase is Phase.FETCHING)),
        loads=max(0, machine.loads - 1),
    )
    return left, ()


def _stopped_at_rest(machine: Machine, _event: Event) -> Step:
    return machine, ()


_BUSY = (Phase.FETCHING, Phase.VERIFYING, Phase.STAGED)
_TABLE: dict[tuple[Phase, type[Event]], Row] = {
    **{(phase, OrderReceived): _ordered_at_rest for phase in RESTING},
    **{(phase, OrderReceived): _ordered_in_work for phase in _BUSY},
    (Phase.PROBATION, OrderReceived): _ordered_in_service,
    (Phase.ROLLING_BACK, OrderReceived): _ordered_in_service,
    **{(phase, Refused): _refused for phase in Phase},
    **{(phase, Resumed): _resume_at_rest for phase in RESTING},
    **{(phase, Resumed): _resume_in_work for phase in Phase if phase not in RESTING},
    **{(phase, Stopped): _stopped_at_rest for phase in RESTING},
    **{(phase, Stopped): _stopped for phase in Phase if phase not in RESTING},
    (Phase.FETCHING, Succeeded): _go(Phase.VERIFYING),
    (Phase.VERIFYING, Succeeded): _go(Phase.STAGED),
    (Phase.STAGED, Succeeded): _go(Phase.PROBATION),
    (Phase.PROBATION, Succeeded): _commit,
    (Phase.ROLLING_BACK, Succeeded): _rolled_back,
    (Phase.FETCHING, Failed): _fetch_again,
    (Phase.VERIFYING, Failed): _fetch_again,
    (Phase.STAGED, Failed): _failed,
    (Phase.PROBATION, Failed): _failed,
}
