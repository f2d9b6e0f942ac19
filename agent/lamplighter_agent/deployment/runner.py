"""Performs what the deployment machine asks for. It journals before it acts.

One thread runs it. Desired states are handed over by `submit` from any thread; a newer one calls
off what is under way at the next chance.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Outcome, ReasonCode, hint_of
from lamplighter_wire.messages import Desired, Reported, Rung, Transfer

from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.owner_limits import NO_LIMITS, OwnerLimits
from lamplighter_agent.deployment.state_machine import (
    RESTING,
    Effect,
    Event,
    Machine,
    OrderReceived,
    Phase,
    Refused,
    Resumed,
    Stopped,
    outcome,
    step,
)
from lamplighter_agent.deployment.steps import Control, EffectResult, Effects
from lamplighter_agent.errors import AgentError, DiskFullError

log = logging.getLogger(__name__)

# A step that could not be journalled is tried again this often: people empty disks in minutes.
RETRY_S = 10.0
# The progress of a download is journalled whenever it is told, but sent no more often than this.
PROGRESS_S = 0.5


class PendingStep(NamedTuple):
    """A step that waits for a disk that can be written: what happened, and to which machine."""

    machine: Machine
    event: Event
    desired: Desired | None


class Runner:
    """Drives the machine. `report` sends Reported; it must not raise for a broken link.

    Args:
        owner: bounds every order, and what the journal holds of earlier ones.
    """

    def __init__(
        self,
        device: str,
        journal: Journal,
        effects: Effects,
        report: Callable[[Reported], None],
        clock: Clock,
        retry_s: float = RETRY_S,
        owner: OwnerLimits = NO_LIMITS,
    ) -> None:
        self._device, self._journal, self._effects = device, journal, effects
        self._report_to, self._clock, self._retry_s = report, clock, retry_s
        self._owner = owner
        self.record = owner.record(journal.load())
        self._inbox: deque[tuple[Event, Desired | None]] = deque()
        self._news = threading.Condition()
        self._stopping = self._on_purpose = False
        self._pending: PendingStep | None = None
        self._unsaved = False  # figures of the record are newer than the journal
        self._progress_at = float("-inf")

    # --- from any thread

    def submit(self, desired: Desired) -> None:
        """A verified desired state."""
        self._put(OrderReceived(desired.revision), self._owner.desired(desired))

    def refuse(self, reason: str, detail: str, revision: int = 0) -> None:
        """A desired state that could not be believed; `revision` as it says itself, 0: unknown."""
        self._put(Refused(reason, detail, revision), None)

    def follow_owner(self, owner: OwnerLimits) -> None:
        """Bound what is ordered from now on by these."""
        self._owner = owner

    def stop(self, *, on_purpose: bool = True) -> None:
        """Come to rest at the next chance; the journal knows where to go on.

        `on_purpose`: someone asked for it. Otherwise the candidate in hand may be to blame, and
        the end counts as a death. What is said first holds.
        """
        with self._news:
            self._on_purpose = on_purpose if not self._stopping else self._on_purpose
            self._stopping = True
            self._news.notify_all()

    @property
    def highest_revision(self) -> int:
        return max(self.record.machine.highest, self.record.machine.waiting)

    def reported(self) -> Reported:
        """What the device says of its deployment now."""
        record = self.record
        primary = record.desired.primary if record.desired else Rung()
        machine = record.machine
        return Reported(
            device=self._device,
            revision=machine.revision,
            phase=machine.phase.value,
            outcome=outcome(machine),
            reason=machine.reason,
            detail=machine.detail,
            hint=hint_of(machine.reason),
            variant=primary.point.variant,
            serving=self._effects.serving(),
            at=self._clock.time(),
            transfer=record.transfer,
            trial=record.trial,
            golden_f1=record.golden_f1,
            gap_ms=record.gap_ms,
            phases=record.phases,
            resident=resident(record),
            damaged=self._effects.damaged(),
        )

    # --- on the runner's thread

    def run(self) -> None:
        """Resume what the journal says, then take what comes, until `stop`, which is noted."""
        self._guarded(Resumed())
        while not self._stopping:
            self._mend()
            if not self.wait(self._retry_s if self._is_wanting() else None):
                self._try_again()
        if self._on_purpose:
            self._guarded(Stopped())

    def _is_wanting(self) -> bool:
        """Whether something is to be tried again in a while."""
        return self._pending is not None or self._unsaved or bool(self._effects.damaged())

    def _mend(self) -> None:
        """What the disk has damaged is fetched while there is nothing else to do."""
        is_at_rest = self.record.machine.phase in RESTING
        if not is_at_rest or not self._effects.damaged() or self._has_news():
            return
        if self._effects.mend(self.record, Control(self._has_news, lambda _: None)):
            self._report_to(self.reported())

    def _has_news(self) -> bool:
        with self._news:
            return self._stopping or bool(self._inbox)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Handle the next thing that was submitted; False when stopped or nothing came."""
        with self._news:
            self._news.wait_for(lambda: self._stopping or self._inbox, timeout_s)
            if self._stopping or not self._inbox:
                return False
            event, desired = self._inbox.popleft()
        self._guarded(event, desired)
        return True

    def _guarded(
        self, event: Event, desired: Desired | None = None, reported: PendingStep | None = None
    ) -> None:
        """A step that cannot be journalled is pending until it can; the device goes on serving.

        `reported`: what was pending before, and needs no second report.
        """
        try:
            self.handle(event, desired)
        except (AgentError, OSError) as error:
            log.error("deployment held up: %s", error)
            if reported is None or reported != self._pending:
                self._report_trouble(error)

    def _report_trouble(self, error: Exception) -> None:
        reason = ReasonCode.DISK_FULL if isinstance(error, DiskFullError) else ""
        hint = hint_of(reason)
        said = msgspec.structs.replace(self.reported(), reason=reason, detail=str(error), hint=hint)
        self._report_to(said)

    def _try_again(self) -> None:
        """Save figures, and do the pending step unless the deployment has left it behind."""
        self._learn({})
        pending, self._pending = self._pending, None
        if pending is not None and pending.machine == self.record.machine and not self._stopping:
            self._guarded(pending.event, pending.desired, reported=pending)

    def handle(self, event: Event, desired: Desired | None = None) -> None:
        """One event and all that follows from it, down to a state of rest or a call-off."""
        following: Event | None = event
        while following is not None and not (self._stopping and following is not event):
            following = self._advance(following, desired)
            desired = None

    def _advance(self, event: Event, desired: Desired | None) -> Event | None:
        before = self.record.machine
        machine, effects = step(before, event)
        if Effect.RESUME in effects and not self._effects.serving().variant:
            self._effects.resume(self.record)  # before saving: it serves even from a full disk
        if machine.phase is not before.phase:
            log.info(
                "deployment %s",
                machine.phase,
                extra={"rev": machine.revision, "why": machine.reason},
            )
        if Effect.REPORT_ABORTED in effects:
            self._report_aborted(before)
        pending = PendingStep(before, event, desired)
        self._save(bookkeep(self.record, machine, effects, self._clock.time(), desired), pending)
        for effect in effects:
            following = self._perform(effect, event)
            if following is not None:
                return following
        return None

    def _perform(self, effect: Effect, event: Event) -> Event | None:
        match effect:
            case Effect.REPORT:
                self._report_to(self.reported())
            case Effect.REFUSE:
                self._report_refusal(event)
            case Effect.DROP:
                self._effects.drop(self.record)
            case Effect.PROMOTE | Effect.REPORT_ABORTED | Effect.RESUME:
                pass  # done with the journal entry
            case _:
                return self._work(effect)
        return None

    def _work(self, effect: Effect) -> Event | None:
        result = self._result_of(effect)
        self._learn(result.learned)
        if effect is Effect.LADDER:
            self._report_to(self.reported())
        return result.event

    def _result_of(self, effect: Effect) -> EffectResult:
        if effect is Effect.ROLL_BACK:
            return self._effects.roll_back(self.record)
        work = {
            Effect.FETCH: self._effects.fetch,
            Effect.VERIFY: self._effects.verify,
            Effect.PROVE: self._effects.prove,
            Effect.SWAP: self._effects.swap,
            Effect.WATCH: self._effects.watch,
            Effect.LADDER: self._effects.ladder,
        }[effect]
        desired = self.record.desired
        if desired is None:  # the phases that ask for these are entered with one only
            log.error("no desired state in the journal to %s", effect)
            return EffectResult()
        return work(desired, self.record, Control(self._called_off, self._progress))

    def _called_off(self) -> bool:
        """Whether something newer has come, or the end."""
        with self._news:
            known = self.highest_revision
            newer = any(isinstance(e, OrderReceived) and e.revision > known for e, _ in self._inbox)
            return self._stopping or newer

    def _progress(self, transfer: Transfer) -> None:
        """Journalled each time: after a power cut the account of the link goes on."""
        self._learn({"transfer": transfer})
        now = self._clock.monotonic()
        if now - self._progress_at >= PROGRESS_S:
            self._progress_at = now
            self._report_to(self.reported())

    def _learn(self, learned: dict[str, object]) -> None:
        """Keep figures. They stop no deployment: what cannot be saved now is saved later."""
        if learned:
            self.record = msgspec.structs.replace(self.record, **learned)
            self._unsaved = True
        if self._unsaved:
            try:
                self._journal.save(self.record)
                self._unsaved = False
            except AgentError as error:
                log.error("figures not saved: %s", error)

    def _save(self, record: Record, pending: PendingStep) -> None:
        """Save a state unless it is as before; when it cannot be saved now, it is `pending`.

        Raises:
            AgentError: it cannot be written. A rollback goes on all the same: what does harm must
                not wait for a disk, and a restart would serve the known-good as well.
        """
        if record == self.record:
            return
        try:
            self._journal.save(record)
        except AgentError:
            if record.machine.phase is not Phase.ROLLING_BACK:
                self._pending = pending
                raise
            self._unsaved = True
        else:
            self._unsaved = False
        self.record = record

    def _put(self, event: Event, desired: Desired | None) -> None:
        with self._news:
            self._inbox.append((event, desired))
            self._news.notify_all()

    def _report_refusal(self, event: Event) -> None:
        """Nothing changes; the reason is told with the state as it is."""
        reason: str = ReasonCode.STALE_REVISION
        detail, revision = "", 0
        if isinstance(event, Refused):
            reason, detail, revision = event.reason, event.detail, event.revision
        elif isinstance(event, OrderReceived):
            revision = event.revision
            detail = f"revision {revision}, seen {self.highest_revision}"
        said = msgspec.structs.replace(
            self.reported(),
            reason=reason,
            detail=detail,
            hint=hint_of(reason),
            refused_revision=revision,
        )
        self._report_to(said)

    def _report_aborted(self, before: Machine) -> None:
        """The last word on the deployment that a newer one replaces."""
        said = msgspec.structs.replace(
            self.reported(),
            phase=Phase.FAILED.value,
            outcome=Outcome.ROLLED_BACK if before.phase is Phase.ROLLING_BACK else Outcome.FAILED,
            reason=ReasonCode.ABORTED,
            hint=hint_of(ReasonCode.ABORTED),
            phases=[*self.record.phases, (Phase.FAILED.value, self._clock.time())],
        )
        self._report_to(said)


def bookkeep(
    record: Record,
    machine: Machine,
    effects: tuple[Effect, ...],
    now: float,
    desired: Desired | None = None,
) -> Record:
    """The record that is journalled with a new state. Pure."""
    before = record.machine
    if machine.revision != before.revision:
        record = _begun(record, machine, desired)
    elif machine.waiting != before.waiting:
        record = msgspec.structs.replace(record, waiting=desired)
    if Effect.PROMOTE in effects and record.desired is not None:
        record = msgspec.structs.replace(record, known_good=record.desired.primary)
    phases = record.phases
    if machine.phase is not before.phase or machine.revision != before.revision:
        phases = [*phases, (machine.phase.value, now)]
    return msgspec.structs.replace(record, machine=machine, phases=phases)


def _begun(record: Record, machine: Machine, desired: Desired | None) -> Record:
    """A new deployment: its desired state is the one at hand, or the one that waited."""
    waited = record.waiting
    if desired is None and waited is not None and waited.revision == machine.revision:
        desired = waited
    return Record(
        machine=record.machine,
        desired=desired,
        known_good=record.known_good,
        ladder=record.ladder,
    )


def resident(record: Record) -> list[str]:
    """Ids of the variants that may serve without a download."""
    rungs = [record.known_good, *record.ladder]
    return list(dict.fromkeys(rung.point.variant for rung in rungs if rung is not None))
