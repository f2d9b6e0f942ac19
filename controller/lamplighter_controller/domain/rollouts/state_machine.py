"""The life of a rollout as a table: `step(rollout, event, now) -> (rollout, devices to tell)`.

Pure: no clock, no disk, no network. What a step has changed is saved before any device is told; a
controller that ends anywhere finds a state from which this table goes on, and telling a device
again what it knows already changes nothing.

DRAFT ─▶ APPROVED ─▶ RUNNING ─▶ SUCCEEDED ─▶ ENDED
                      │   ▲          │         ▲
                      ▼   │          ▼         │
                     PAUSED ─▶ ABORTED, ROLLED_BACK

of a device: WAITING ─▶ ORDERED ─▶ WATCHED ─▶ SUCCEEDED, or FAILED from either; then ROLLED_BACK
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from lamplighter_controller.domain.rollouts.gates import CanaryVerdict, GateState
from lamplighter_controller.domain.rollouts.rollout import (
    IN_FLIGHT,
    SETTLED,
    FailureResponse,
    Rollout,
    RolloutState,
    Target,
    TargetState,
)


class Approved(msgspec.Struct, frozen=True, tag=True):
    """Somebody stands for it."""

    by: str = ""


class Started(msgspec.Struct, frozen=True, tag=True):
    """It begins with these devices, each in its wave."""

    targets: list[Target]


class Paused(msgspec.Struct, frozen=True, tag=True):
    """No further device is told."""

    reason: str = ""


class Resumed(msgspec.Struct, frozen=True, tag=True):
    """It goes on where it was paused."""


class Retried(msgspec.Struct, frozen=True, tag=True):
    """Those that failed, and not too often, wait again."""


class Aborted(msgspec.Struct, frozen=True, tag=True):
    """No further device is told; those that have the target keep it."""

    reason: str = ""


class RolledBack(msgspec.Struct, frozen=True, tag=True):
    """Each device that was told goes back to what it served."""

    reason: str = ""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Who installs on a device that was told could not; nothing where it was not told."""

    device: str = ""
    reason: str = ""


class Ended(msgspec.Struct, frozen=True, tag=True):
    """It says nothing of its devices any more."""


class Seen(msgspec.Struct, frozen=True):
    """What is known of a device in flight.

    Attributes:
        serves: it serves the target, and has committed to it.
        failure: why it will not come to it; empty: it may still.
        silent_s: since it was last heard.
        held: why it was not told yet, as by its hours or its bytes of the day; empty: it was.
        gone: why it is none of the rollout's any more, as a retired one; empty: it is.
    """

    serves: bool = False
    failure: str = ""
    silent_s: float = 0.0
    held: str = ""
    gone: str = ""


class Looked(msgspec.Struct, frozen=True, tag=True):
    """Time has passed: what is known of devices in flight, and of the canaries."""

    seen: Mapping[str, Seen] = {}
    gate: CanaryVerdict = CanaryVerdict(GateState.UNDECIDED)


Event = (
    Approved | Started | Paused | Resumed | Retried | Failed | Aborted | RolledBack | Ended | Looked
)


class Step(NamedTuple):
    """What a rollout is after an event, and which devices must be told, in this order; those that
    have failed are told last."""

    rollout: Rollout
    tell: tuple[str, ...] = ()


class IllegalStepError(ValueError):
    """An event that does not fit the state; says which it fits."""


Closed = Mapping[str, str]
NOBODY: Closed = {}
R = RolloutState
# Who has said nothing for longer is not known to serve.
HEARD_S = 120.0
BEGUN = (R.RUNNING, R.PAUSED)
OVER = (R.SUCCEEDED, R.ABORTED, R.ROLLED_BACK)
FITS: Mapping[type[Any], tuple[RolloutState, ...]] = {
    Approved: (R.DRAFT,),
    Started: (R.APPROVED,),
    Paused: (R.RUNNING,),
    Resumed: (R.PAUSED,),
    Retried: (*BEGUN, R.SUCCEEDED),
    Failed: BEGUN,
    Aborted: BEGUN,
    RolledBack: (*BEGUN, R.SUCCEEDED, R.ABORTED),
    Ended: (R.DRAFT, R.APPROVED, *OVER),
    Looked: (R.RUNNING,),
}
"""Event -> states in which it may come."""


def step(rollout: Rollout, event: Event, now: float, closed: Closed = NOBODY) -> Step:
    """One transition.

    Args:
        closed: devices that may not be told at this hour, with the reason.

    Raises:
        IllegalStepError: the event does not fit the state.
    """
    fits = FITS[type(event)]
    if rollout.state not in fits:
        states = " or ".join(fits)
        raise IllegalStepError(f"rollout {rollout.name} is {rollout.state}; it must be {states}")
    done = _STEPS[type(event)](rollout, event, now, closed)
    return Step(done.rollout, (*done.tell, *_newly_failed(rollout, done)))


def _newly_failed(before: Rollout, done: Step) -> Iterator[str]:
    """Who is kept from the target from now on, and may have it, or be about to."""
    for device, target in done.rollout.targets.items():
        had = before.targets.get(device)
        if target.state is TargetState.FAILED and had is not None and had.state is not target.state:
            yield device


def _approved(rollout: Rollout, event: Approved, _now: float, _closed: Closed) -> Step:
    return Step(_to(msgspec.structs.replace(rollout, approved_by=event.by), R.APPROVED))


def _started(rollout: Rollout, event: Started, now: float, closed: Closed) -> Step:
    targets = {target.device: _at(target, now) for target in event.targets}
    begun = msgspec.structs.replace(rollout, targets=targets, began_at=now, wave=0)
    return _advance(_to(begun, R.RUNNING), now, closed)


def _paused(rollout: Rollout, event: Paused, _now: float, _closed: Closed) -> Step:
    return Step(_to(rollout, R.PAUSED, event.reason or "by hand"))


def _resumed(rollout: Rollout, _event: Resumed, now: float, closed: Closed) -> Step:
    """Whoever resumes has seen what it was paused for; who was in flight gets its time again."""
    flying = [_at(t, now) for t in rollout.targets.values() if t.state in IN_FLIGHT]
    failed = rollout.counts[TargetState.FAILED]
    seen = msgspec.structs.replace(_with(rollout, flying), forgiven=failed)
    return _advance(_to(seen, R.RUNNING), now, closed, is_forced=True)


def _retried(rollout: Rollout, _event: Retried, now: float, closed: Closed) -> Step:
    again = [
        _changed(target, TargetState.WAITING, "tried again", now)
        for target in rollout.targets.values()
        if target.state is TargetState.FAILED
        and target.failures < rollout.plan.most_failures
        and not target.is_released
    ]
    left = rollout.counts[TargetState.FAILED] - len(again)
    anew = msgspec.structs.replace(_with(rollout, again), forgiven=min(rollout.forgiven, left))
    return _advance(_to(anew, R.RUNNING), now, closed)


def _failed_there(rollout: Rollout, event: Failed, now: float, closed: Closed) -> Step:
    target = rollout.targets.get(event.device)
    if target is None or target.state is not TargetState.ORDERED:
        return Step(rollout)
    known = _with(rollout, [_failed(target, event.reason, now)])
    return _advance(known, now, closed) if rollout.state is R.RUNNING else Step(known)


def _aborted(rollout: Rollout, event: Aborted, now: float, _closed: Closed) -> Step:
    left = [
        _changed(target, TargetState.SKIPPED, "aborted", now)
        for target in rollout.targets.values()
        if target.state is TargetState.WAITING
    ]
    return Step(_to(_with(rollout, left), R.ABORTED, event.reason or "by hand"))


def _rolled_back(rollout: Rollout, event: RolledBack, now: float, _closed: Closed) -> Step:
    return _roll_back(rollout, event.reason or "by hand", now)


def _ended(rollout: Rollout, _event: Ended, _now: float, _closed: Closed) -> Step:
    told = tuple(device for device, target in rollout.targets.items() if not target.had_it)
    return Step(_to(rollout, R.ENDED), told)


def _looked(rollout: Rollout, event: Looked, now: float, closed: Closed) -> Step:
    followed = [
        _followed(rollout, target, event.seen[target.device], event.gate, now)
        for target in rollout.targets.values()
        if target.state in IN_FLIGHT and target.device in event.seen
    ]
    seen = _with(rollout, followed)
    canaries = [t for t in seen.targets.values() if t.wave == 0 and t.state in IN_FLIGHT | SETTLED]
    if rollout.wave == 0 and event.gate.state is GateState.HARM and canaries:
        return _stop(seen, f"canaries: {'; '.join(event.gate.reasons)}", now)
    return _advance(seen, now, closed)


_STEPS: Mapping[type[Any], Callable[[Rollout, Any, float, Closed], Step]] = {
    Approved: _approved,
    Started: _started,
    Paused: _paused,
    Resumed: _resumed,
    Retried: _retried,
    Failed: _failed_there,
    Aborted: _aborted,
    RolledBack: _rolled_back,
    Ended: _ended,
    Looked: _looked,
}


def _followed(
    rollout: Rollout, target: Target, seen: Seen, gate: CanaryVerdict, now: float
) -> Target:
    """What has become of a device in flight; saying nothing is a failure, too."""
    plan, waited_s = rollout.plan, now - target.changed_at
    if seen.gone:
        return _changed(target, TargetState.SKIPPED, seen.gone, now)
    if seen.failure:
        return _failed(target, seen.failure, now)
    if target.state is TargetState.ORDERED and seen.serves:
        watched = _changed(target, TargetState.WATCHED, "", now)
        return msgspec.structs.replace(watched, watched_at=now)
    if target.state is TargetState.WATCHED and not seen.serves:
        return _failed(target, "it has left the target again", now)
    if target.state is TargetState.ORDERED:
        late = waited_s > plan.deadline_s and not seen.held
        return _failed(target, f"not there after {waited_s:.0f} s", now) if late else target
    if target.wave == 0 and gate.state is GateState.HARM:
        return _failed(target, "worse than before", now)
    if seen.silent_s > plan.deadline_s:
        return _failed(target, f"silent for {seen.silent_s:.0f} s", now)
    if target.wave == rollout.wave == 0 and gate.state is GateState.UNDECIDED:
        late = waited_s > plan.watch_s + plan.deadline_s
        return _failed(target, "the gate found no answer in time", now) if late else target
    # Who fell silent meanwhile may have died of it: heard again it succeeds, or fails by deadline.
    is_proven = waited_s >= plan.watch_s and seen.silent_s <= HEARD_S
    return _changed(target, TargetState.SUCCEEDED, "", now) if is_proven else target


def _advance(rollout: Rollout, now: float, closed: Closed, *, is_forced: bool = False) -> Step:
    """Stop where too many failed, open the next wave where this one is done, tell who is due."""
    if not is_forced and _error_share(rollout) > rollout.plan.error_share:
        failed = rollout.counts[TargetState.FAILED]
        return _stop(rollout, f"{failed} of {_begun(rollout)} devices failed", now)
    while _is_done(rollout):
        if rollout.wave >= rollout.last_wave:
            return Step(_to(rollout, R.SUCCEEDED))
        share = _success_share(rollout)
        if not is_forced and share < rollout.plan.success_share:
            needed = f"{100 * rollout.plan.success_share:.0f} % are needed"
            text = f"{100 * share:.0f} % of wave {rollout.wave} succeeded, {needed}"
            return Step(_to(rollout, R.PAUSED, text))
        rollout = msgspec.structs.replace(rollout, wave=rollout.wave + 1)
    due = _due(rollout, now, closed)
    told = tuple(target.device for target in due if target.state is TargetState.ORDERED)
    return Step(_with(rollout, due), told)


def _stop(rollout: Rollout, reason: str, now: float) -> Step:
    if rollout.plan.on_error is FailureResponse.ROLL_BACK:
        return _roll_back(rollout, reason, now)
    return Step(_to(rollout, R.PAUSED, reason))


def _roll_back(rollout: Rollout, reason: str, now: float) -> Step:
    told = (*IN_FLIGHT, *SETTLED)
    back = [
        _changed(target, TargetState.ROLLED_BACK, target.reason, now)
        for target in rollout.targets.values()
        if target.state in told and not target.is_released
    ]
    devices = tuple(target.device for target in back)
    return Step(_to(_with(rollout, back), R.ROLLED_BACK, reason), devices)


def _due(rollout: Rollout, now: float, closed: Closed) -> list[Target]:
    """Who is told now: of the waves that have begun, as many as may be in flight; and who would be
    but for its hours, with that as the reason."""
    plan, due = rollout.plan, []
    flying = [t for t in rollout.targets.values() if t.state in IN_FLIGHT]
    by_site, in_all = Counter(t.site for t in flying), len(flying)
    by_link = Counter(t.link for t in flying)
    for target in sorted(_waiting(rollout), key=lambda t: (t.wave, t.place)):
        has_room = not plan.at_once or in_all < plan.at_once
        at_site = not plan.per_site or not target.site or by_site[target.site] < plan.per_site
        on_link = not plan.per_link or not target.link or by_link[target.link] < plan.per_link
        if why := closed.get(target.device):
            due.append(msgspec.structs.replace(target, reason=why))
        elif has_room and at_site and on_link:
            due.append(_changed(target, TargetState.ORDERED, "", now))
            by_site[target.site] += 1
            by_link[target.link] += 1
            in_all += 1
    return due


def _waiting(rollout: Rollout) -> Iterator[Target]:
    """Those of the waves that have begun who were not told yet."""
    for target in rollout.targets.values():
        if target.state is TargetState.WAITING and target.wave <= rollout.wave:
            yield target


def _is_done(rollout: Rollout) -> bool:
    """Whether nobody of the waves that have begun is still to come."""
    open_states = (*IN_FLIGHT, TargetState.WAITING)
    return not any(
        target.wave <= rollout.wave and target.state in open_states
        for target in rollout.targets.values()
    )


def _success_share(rollout: Rollout) -> float:
    """Of the wave; 1 where it had nobody, but for canaries that have all left: they judge for all
    others."""
    ended = [t.state for t in rollout.targets.values() if t.wave == rollout.wave]
    settled = [state for state in ended if state in SETTLED]
    if not settled:
        return 0.0 if rollout.wave == 0 and rollout.plan.canaries_per_class else 1.0
    return settled.count(TargetState.SUCCEEDED) / len(settled)


def _begun(rollout: Rollout) -> int:
    return sum(t.state in IN_FLIGHT | SETTLED for t in rollout.targets.values())


def _error_share(rollout: Rollout) -> float:
    begun, failed = _begun(rollout), rollout.counts[TargetState.FAILED] - rollout.forgiven
    return failed / begun if begun else 0.0


def _to(rollout: Rollout, state: RolloutState, reason: str = "") -> Rollout:
    return msgspec.structs.replace(rollout, state=state, reason=reason)


def _with(rollout: Rollout, changed: Iterable[Target]) -> Rollout:
    targets = rollout.targets | {target.device: target for target in changed}
    return msgspec.structs.replace(rollout, targets=targets)


def _changed(target: Target, state: TargetState, reason: str, now: float) -> Target:
    return msgspec.structs.replace(target, state=state, reason=reason, changed_at=now)


def _failed(target: Target, reason: str, now: float) -> Target:
    failed = _changed(target, TargetState.FAILED, reason, now)
    return msgspec.structs.replace(failed, failures=target.failures + 1)


def _at(target: Target, now: float) -> Target:
    return msgspec.structs.replace(target, changed_at=now)
