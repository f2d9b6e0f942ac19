"""From a decision to an order in two steps: what is intended is kept, then a gate lets it go."""

import secrets
from functools import partial

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Desired

from lamplighter_controller.domain.operating_points import Choice
from lamplighter_controller.domain.policy.release import Gate, GateVerdict, Intent
from lamplighter_controller.domain.switching import Decision
from lamplighter_controller.services.adaptations.adaptations import Adaptations
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.deployments.desired import is_same_order
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.projections import plan_document
from lamplighter_controller.services.sentences import deployment_sentences
from lamplighter_controller.store.base import DeviceStore, IntentStore
from lamplighter_controller.store.records import DeviceRecord, IntentRecord, PlanRecord


class Releases:
    """Keeps at most one intent of a device; a newer decision takes the place of what is held."""

    def __init__(
        self,
        devices: DeviceStore,
        intents: IntentStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        views: DeviceViews,
        adaptations: Adaptations,
        deployments: Deployments,
        gate: Gate,
        foreseen: Gate,
    ) -> None:
        """`foreseen`: says what the gate would, and counts nothing as sent."""
        self._devices = devices
        self._intents = intents
        self._clock = clock
        self._queue = queue
        self._events = events
        self._views = views
        self._adaptations = adaptations
        self._deployments = deployments
        self._gate, self._foreseen = gate, foreseen
        self._reviews: dict[str, float] = {}  # by device, the wall time of the next one

    def intend(self, record: DeviceRecord, decision: Decision, choice: Choice, cause: str) -> None:
        """Keep what a decision wants of a device, and release it if the gate says so.

        Nothing is kept when nothing would change.
        """
        desired = self._deployments.draft(record, decision, choice)
        if self._deployments.is_served(record, desired):
            self.withdraw(record.id)
            self._adaptations.settle_without_deployment(record.id, decision)
            return
        intent = self._intent(desired, decision, choice, cause)
        plan = _plan(intent, decision, choice)
        before = self._held(record.id)
        is_same = before is not None and is_same_order(before.intent.desired, desired)
        held = before.held if before is not None and is_same else ""
        self._intents.save_intent(plan, IntentRecord(device=record.id, intent=intent, held=held))
        self.review(record.id)

    def foresee(
        self, record: DeviceRecord, decision: Decision, choice: Choice
    ) -> GateVerdict | None:
        """What the gate would say now of what a decision wants; None: nothing would change.

        Nothing is kept.
        """
        desired = self._deployments.draft(record, decision, choice)
        if self._deployments.is_served(record, desired):
            return None
        intent = self._intent(desired, decision, choice, "")
        return self._foreseen(intent, self._views.view(record), self._clock.time())

    def review(self, device: str) -> None:
        """Ask the gate again about what is held for a device, if anything is."""
        held = self._held(device)
        record = self._devices.device(device) if held is not None else None
        if held is None or record is None or record.retired_at is not None:
            return
        again = partial(self.review, device)
        if not self._deployments.prepare(record, held.intent.desired, again):
            return  # it is on disk, and looked at again when more of it is made
        verdict = self._gate(held.intent, self._views.view(record), self._clock.time())
        if verdict.is_released:
            self._deployments.release(record, held)
        else:
            self._hold(held, verdict)

    def withdraw(self, device: str) -> None:
        """What is held is no longer wanted."""
        held = self._held(device)
        if held is None:
            return
        self._intents.delete_intent(device)
        text = deployment_sentences.withdrawn(device, held.intent.desired.primary.point)
        self._events.add(ControllerEvent.WITHDRAWN, text, device=device)

    def _held(self, device: str) -> IntentRecord | None:
        return self._intents.intents([device]).get(device)

    def _hold(self, held: IntentRecord, verdict: GateVerdict) -> None:
        if held.held != verdict.reason:
            self._note_hold(held, verdict)
        if (held.held, held.until) != (verdict.reason, verdict.until):
            changes = {"held": verdict.reason, "until": verdict.until}
            self._intents.update_intent(held.device, **changes)
        self._review_at(held.device, verdict.until)

    def _note_hold(self, held: IntentRecord, verdict: GateVerdict) -> None:
        desired = held.intent.desired
        self._events.add(
            ControllerEvent.HELD,
            deployment_sentences.held(held.device, desired.primary, verdict.reason),
            device=held.device,
            variant=desired.primary.point.variant,
            until=verdict.until,
        )

    def _review_at(self, device: str, at: float) -> None:
        """Once for each time, however often the gate names it."""
        now = self._clock.time()
        if at <= now or self._reviews.get(device) == at:
            return
        self._reviews[device] = at
        self._queue.later(at - now, self._review_now, device, at)

    def _review_now(self, device: str, at: float) -> None:
        if self._reviews.get(device) == at:
            del self._reviews[device]
            self.review(device)

    def _intent(self, desired: Desired, decision: Decision, choice: Choice, cause: str) -> Intent:
        return Intent(
            desired=desired,
            at=self._clock.time(),
            cause=cause,
            why=decision.verdict.why,
            kind=decision.kind,
            size_bytes=choice.spec.size_bytes,
            trace=f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
        )


def _plan(intent: Intent, decision: Decision, choice: Choice) -> PlanRecord:
    return PlanRecord(
        device=intent.desired.device,
        at=intent.at,
        cause=intent.cause,
        variant=choice.spec.id,
        regime=decision.plan.regime,
        document=msgspec.to_builtins(plan_document(decision.plan, decision, intent.trace)),
    )
