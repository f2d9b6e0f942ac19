"""Rollouts: steps of the state machine, saved before devices are told; devices follow by plan."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.overrides.overrides import Override
from lamplighter_controller.domain.rollouts.canary_figures import CanaryFigure
from lamplighter_controller.domain.rollouts.changes.model import ModelChange
from lamplighter_controller.domain.rollouts.forecast import Rehearsal
from lamplighter_controller.domain.rollouts.rollout import (
    IN_FORCE,
    UNDER_WAY,
    Rollout,
    RolloutPlan,
    RolloutState,
    Target,
    TargetState,
    overrides_of,
    released,
)
from lamplighter_controller.domain.rollouts.state_machine import (
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
    Started,
    step,
)
from lamplighter_controller.errors import ConflictError, InvalidError
from lamplighter_controller.services.audit.audit_log import CONTROLLER, Attempt, AuditLog
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.rollouts.kinds.agent_versions import agent_change, due_devices
from lamplighter_controller.services.rollouts.kinds.kinds import Kinds
from lamplighter_controller.services.rollouts.maintenance_windows import MaintenanceWindows
from lamplighter_controller.services.rollouts.rollout_members import Members, RolloutMembers
from lamplighter_controller.services.rollouts.sightings import Sightings
from lamplighter_controller.services.sentences import fleet_sentences
from lamplighter_controller.services.sentences.sentence import Sentence
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.rollouts.records import RolloutRecord

LOOK_S = 5.0


class Rollouts:
    """Call what changes something on the deciding thread."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        kinds: Kinds,
        members: RolloutMembers,
        sightings: Sightings,
        audit: AuditLog,
        hours: MaintenanceWindows,
    ) -> None:
        self._store = store
        self._clock = clock
        self._queue = queue
        self._events = events
        self._kinds = kinds
        self._members = members
        self._sightings = sightings
        self._audit = audit
        self._hours = hours
        self._wholes: dict[str, Rollout] = {}  # with their devices, as they are on disk
        self._overrides: dict[str, list[Override]] | None = None  # by device
        self._looking: set[str] = set()  # rollouts that a look is due for

    def create(self, name: str, plan: RolloutPlan, by: str) -> RolloutRecord:
        """A draft; it does nothing yet.

        Raises:
            NotFoundError: there is no such group or target.
            InvalidError: it brings nothing, or what no device can take.
            ConflictError: the name is taken.
        """
        self._check(plan)
        rollout = Rollout(name=name, plan=plan)
        record = RolloutRecord(
            name=name,
            state=rollout.state,
            rollout=rollout,
            by=by,
            created_at=self._clock.time(),
        )
        self._store.add_rollout(record)
        self._note(record, fleet_sentences.drafted(name, plan.what.text, plan.group, by))
        return record

    def _check(self, plan: RolloutPlan) -> None:
        self._store.group(plan.group)
        self._kinds.of(plan.what).check(plan.what)

    def preview_plan(self, plan: RolloutPlan) -> Members:
        """Who would come into a rollout that is not drafted yet; nothing is kept.

        Raises:
            NotFoundError: there is no such group or target.
            InvalidError: it brings nothing, or what no device can take.
        """
        self._check(plan)
        return self._members.of(Rollout(name="", plan=plan))

    def preview(self, name: str) -> Members:
        """Who would come into it now, in which wave, and who would not.

        Raises:
            NotFoundError: there is no such rollout, or its group is gone.
        """
        return self._members.of(self._store.rollout(name).rollout)

    def whole(self, name: str) -> Rollout:
        """One with its devices.

        Raises:
            NotFoundError: there is no such rollout.
        """
        return self._whole(self._store.rollout(name))

    def canary_figures(self, name: str) -> list[CanaryFigure]:
        """How its canaries changed beside the control group.

        Raises:
            NotFoundError: there is no such rollout.
        """
        return self._sightings.figures(self.whole(name))

    def keep_rehearsal(self, name: str, rehearsal: Rehearsal) -> RolloutRecord:
        """What was expected of one, beside which its outcome will stand.

        Raises:
            NotFoundError: there is no such rollout.
            ConflictError: it has begun; what is expected now is no prediction.
        """
        record = self._store.rollout(name)
        if record.state not in (RolloutState.DRAFT, RolloutState.APPROVED):
            raise ConflictError(f"rollout {name} is {record.state}; rehearse it before it starts")
        whole = msgspec.structs.replace(self._whole(record), rehearsal=rehearsal)
        kept = msgspec.structs.replace(
            record, rollout=msgspec.structs.replace(record.rollout, rehearsal=rehearsal)
        )
        self._save(kept, whole, [])
        return kept

    def act(
        self,
        name: str,
        verb: str,
        reason: str,
        by: str,
        expected_version: int | None = None,
        members: Members | None = None,
    ) -> RolloutRecord:
        """An operator's step: one of `VERBS`.

        Args:
            members: of one that starts, as `preview` has found them just now, where a large fleet
                must not be read on the deciding thread; None: they are read here.

        Raises:
            NotFoundError: there is no such rollout.
            ConflictError: it does not fit where the rollout stands, or that has changed.
        """
        record = self._store.rollout(name)
        if expected_version not in (None, record.version):
            raise ConflictError(f"rollout {name} is at version {record.version}; read it again")
        event = self._event(record, verb, reason, by, members)
        self._note(record, fleet_sentences.stepped(name, verb, by, reason))
        newer = msgspec.structs.replace(record, version=record.version + 1)
        return self._step(newer, event)

    def fail(self, name: str, device: str, reason: str, by: str) -> RolloutRecord:
        """Who installs could not on a device that is due.

        Raises:
            NotFoundError: there is no such rollout.
            InvalidError: nothing is installed by hand for it.
            ConflictError: the device is not due, or the rollout is over.
        """
        record = self._store.rollout(name)
        whole = self._whole(record)
        agent_change(whole)
        target = whole.targets.get(device)
        if target is None or target.state is not TargetState.ORDERED:
            raise ConflictError(f"{device} is not due; see: lamplighter rollout due {name}")
        self._note(record, fleet_sentences.install_failed(name, device, by, reason))
        return self._step(record, Failed(device, reason))

    def resume(self) -> None:
        """After a start: whatever was running goes on; `Restart` decides for its devices."""
        for record in self._store.rollouts([RolloutState.RUNNING]):
            self._look_soon(record.name)

    def overrides_of(self, record: DeviceRecord) -> Sequence[Override]:
        """What rollouts in force mean for a device, the newest first."""
        if self._overrides is None:
            self._overrides = self._all_overrides()
        return self._overrides.get(record.id, ())

    def _all_overrides(self) -> dict[str, list[Override]]:
        found: dict[str, list[Override]] = {}
        for record in reversed(self._store.rollouts(sorted(IN_FORCE))):
            rollout = self._whole(record)
            for device, target in rollout.targets.items():
                found.setdefault(device, []).extend(overrides_of(rollout, target))
        return found

    def use_of_group(self, name: str) -> str:
        """What a group is needed for."""
        open_states = [RolloutState.DRAFT, RolloutState.APPROVED]
        needing = [r.name for r in self._store.rollouts(open_states) if _group(r) == name]
        return f"rollout {', '.join(needing)} is to go there" if needing else ""

    def _event(
        self, record: RolloutRecord, verb: str, reason: str, by: str, members: Members | None
    ) -> Event:
        if verb == "start":
            return Started(self._begin(record, members or self._members.of(record.rollout)))
        if verb == "retry":
            whole = self._whole(record).targets.values()
            self._check_free(
                record.name, {t.device for t in whole if t.state is TargetState.FAILED}
            )
        events: dict[str, Event] = {
            "approve": Approved(by),
            "pause": Paused(reason),
            "resume": Resumed(),
            "retry": Retried(),
            "abort": Aborted(reason),
            "roll-back": RolledBack(reason),
            "end": Ended(),
        }
        if verb not in events:
            raise InvalidError(f"no step {verb!r}; known: start, {', '.join(events)}")
        return events[verb]

    def _begin(self, record: RolloutRecord, members: Members) -> list[Target]:
        """Who comes in, unless another rollout is under way there."""
        if record.state is RolloutState.APPROVED and not members.targets:
            raise ConflictError(
                f"no device of group {record.rollout.plan.group} would come in;"
                f" see: lamplighter rollout preview {record.name}"
            )
        self._check_free(record.name, {target.device for target in members.targets})
        return members.all

    def _check_free(self, name: str, devices: set[str]) -> None:
        """Raises ConflictError: another rollout is under way there."""
        for other in self._store.rollouts(sorted(UNDER_WAY)):
            common = sorted(devices & set(self._whole(other).targets))
            if common and other.name != name:
                text = f"{common[0]} and {len(common) - 1} more are in rollout {other.name}"
                raise ConflictError(f"{text}, which is {other.state}; end that first")

    def _look(self, name: str) -> None:
        """Whatever this one runs into, there is a next one as long as it is running."""
        self._looking.discard(name)
        is_running = True
        try:
            record = self._store.rollout(name)
            is_running = record.state is RolloutState.RUNNING
            if is_running:
                self._step(record, self._sightings.look(self._whole(record)))
        finally:
            if is_running:
                self._look_soon(name)

    def _step(self, record: RolloutRecord, event: Event) -> RolloutRecord:
        """Decide, save, and only then let devices be decided for."""
        before = self._whole(record)
        try:
            done = step(before, event, self._clock.time(), self._closed(before, event))
        except IllegalStepError as error:
            raise ConflictError(str(error)) from error
        changed = [
            self._moved(done.rollout, target, before.targets.get(device))
            for device, target in done.rollout.targets.items()
            if target != before.targets.get(device)
        ]
        after = msgspec.structs.replace(record, state=done.rollout.state, rollout=done.rollout)
        if done.rollout != before or not isinstance(event, Looked):
            with self._store.transaction():
                self._save(after, before, changed)
                if isinstance(event, Looked):
                    self._audit_own(before, done.rollout)
        self._note_change(before, done.rollout)
        change = before.plan.what
        for device in done.tell:
            self._kinds.of(change).follow(change, done.rollout, device)
        if after.state is RolloutState.RUNNING:
            self._look_soon(record.name)
        return after

    def _closed(self, before: Rollout, event: Event) -> Mapping[str, str]:
        """Of what is no model: that of models is held at its release, whatever asks for it."""
        if isinstance(before.plan.what, ModelChange):
            return {}
        targets = event.targets if isinstance(event, Started) else before.targets.values()
        return self._hours.closed([t.device for t in targets if t.state is TargetState.WAITING])

    def due_devices(self, name: str) -> dict[str, str]:
        """Of a rollout of an agent's version: device -> the version that it is to be given now.

        Raises:
            NotFoundError: there is no such rollout.
            InvalidError: it is of something else.
        """
        whole = self.whole(name)
        due = due_devices(whole, self._store.some_devices(list(whole.targets)))
        told = [d for d in due if whole.targets[d].state is TargetState.ORDERED]
        closed = self._hours.closed(told)
        return {device: version for device, version in due.items() if device not in closed}

    def release(self, device: str) -> None:
        """Its name may be another device's from now on: nothing that was rolled out counts then."""
        for record in self._store.rollouts(sorted(IN_FORCE)):
            whole = self._whole(record)
            target = whole.targets.get(device)
            if target is not None:
                self._save(record, whole, [released(target, self._clock.time())])

    def _save(self, after: RolloutRecord, before: Rollout, changed: Sequence[Target]) -> None:
        """What is remembered of it goes with the save, or not at all."""
        targets = before.targets | {target.device: target for target in changed}
        whole = msgspec.structs.replace(after.rollout, targets=targets)
        self._forget(after.name)
        self._store.save_rollout(after, changed)
        self._store.after_commit(partial(self._remember, whole))

    def _audit_own(self, before: Rollout, after: Rollout) -> None:
        """What a gate, a share or a deadline has decided, and nobody has asked for."""
        if before.state is not after.state:
            attempt = Attempt("step_rollout", f"rollout:{after.name}", CONTROLLER)
            was, now = ({"state": str(one.state), "reason": one.reason} for one in (before, after))
            self._audit.note(attempt, reason=after.reason, before=was, after=now)

    def _forget(self, name: str) -> None:
        self._wholes.pop(name, None)
        self._overrides = None

    def _remember(self, whole: Rollout) -> None:
        self._wholes[whole.name] = whole
        self._overrides = None

    def _moved(self, rollout: Rollout, target: Target, before: Target | None) -> Target:
        """What it means for the device is written down in the step's transaction."""
        if before is not None and before.state is target.state:
            return target
        change = rollout.plan.what
        kind = self._kinds.of(change)
        if target.state is TargetState.ORDERED:
            return kind.tell(change, rollout, target)
        if target.state in (TargetState.ROLLED_BACK, TargetState.FAILED):
            kind.take_back(change, rollout, target)
        return target

    def _look_soon(self, name: str) -> None:
        if name not in self._looking:
            self._looking.add(name)
            self._queue.later(LOOK_S, self._look, name)

    def _whole(self, record: RolloutRecord) -> Rollout:
        known = self._wholes.get(record.name)
        if known is not None and known.state is record.state:
            return known
        targets = {t.device: t for t in self._store.rollout_targets(record.name)}
        return msgspec.structs.replace(record.rollout, targets=targets)

    def _note(self, record: RolloutRecord, text: Sentence) -> None:
        self._events.add(ControllerEvent.ROLLOUT, text, rollout=record.name)

    def _note_change(self, before: Rollout, after: Rollout) -> None:
        if (before.state, before.wave) == (after.state, after.wave):
            return
        counts = {str(state): count for state, count in after.counts.items() if count}
        text = fleet_sentences.moved(after.name, after.state, after.wave, after.reason, counts)
        self._events.add(ControllerEvent.ROLLOUT, text, rollout=after.name, counts=counts)


def _group(record: RolloutRecord) -> str:
    return record.rollout.plan.group
