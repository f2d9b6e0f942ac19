"""What devices report of their deployments, and what follows from an outcome."""

from random import Random
from typing import Any

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Outcome, ReasonCode, Severity, TriggerKind
from lamplighter_wire.messages import Reported

from lamplighter_controller.domain.switching import Trigger
from lamplighter_controller.services.adaptations.adaptations import Adaptations
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.services.devices.refusals import (
    recent_refusals,
    refusal_life_s,
    refused_key,
)
from lamplighter_controller.services.devices.refused_orders import RefusedOrders
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.services.sentences import deployment_sentences
from lamplighter_controller.store.base import DeploymentStore, DeviceStore
from lamplighter_controller.store.records import DeviceRecord, Refusal

# A failed deployment is tried again this often, each time after about twice the wait.
MAX_RETRIES = 3
FIRST_RETRY_S = 5.0
# Of that wait, at random: what has failed together does not come again together.
SHORTEST, LONGEST = 0.5, 1.5
REFUSED = frozenset({Outcome.REJECTED, Outcome.ROLLED_BACK})


class DeploymentReports:
    """Follows each deployment to its outcome; what is new leads on."""

    def __init__(
        self,
        devices: DeviceStore,
        store: DeploymentStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        learning: Learning,
        adaptations: Adaptations,
        deployments: Deployments,
        decisions: Decisions,
        refused_orders: RefusedOrders,
        policies: Policies,
        rng: Random | None = None,
    ) -> None:
        self._devices = devices
        self._store = store
        self._clock = clock
        self._queue = queue
        self._events = events
        self._learning = learning
        self._adaptations = adaptations
        self._deployments = deployments
        self._decisions = decisions
        self._refused_orders = refused_orders
        self._policies = policies
        self._rng = rng or Random()  # noqa: S311 - jitter, not a secret

    def receive(self, device: str, reported: Reported) -> None:
        """State of the deployment; an outcome that is new leads on."""
        record = self._devices.device(device)
        if reported != record.reported:  # retained, it comes again with our own connections
            record = self._devices.update_device(
                device, state=_serving(reported), reported=reported, last_seen=self._clock.time()
            )
        if reported.refused_revision:
            # Its reason is about that order; the state beside it was reported before.
            self._refused_orders.receive(record, reported)
            return
        deployment = self._store.deployment(device, reported.revision)
        if deployment is None:
            return
        if deployment.outcome:
            # Resident rungs are fetched after the commit, and their bytes belong to it.
            self._adaptations.count_bytes(device, reported)
            return
        self._store.update_deployment(
            device,
            reported.revision,
            outcome=reported.outcome,
            reason=reported.reason,
            reported=reported,
        )
        self._adaptations.follow(record, reported)
        if reported.outcome:
            self._ended(record, reported)

    def _ended(self, record: DeviceRecord, reported: Reported) -> None:
        self._note(record, reported)
        if reported.revision != record.revision:
            return
        desired = current_desired(record)
        if desired is not None:
            self._learning.from_trial(record, reported, desired.primary.point)
        if reported.outcome is Outcome.COMMITTED:
            self._devices.update_state(record.id, retries=0)
            self._decisions.schedule_waiting(record.id)
        elif reported.outcome in REFUSED:
            self._refused(record, reported)
        else:
            self._failed(record, reported)

    def _note(self, record: DeviceRecord, reported: Reported) -> None:
        desired = current_desired(record)
        is_current = desired is not None and desired.revision == reported.revision
        rung = desired.primary if desired is not None and is_current else None
        is_good = reported.outcome is Outcome.COMMITTED
        self._events.add(
            reported.outcome,
            deployment_sentences.ended(record.id, reported, rung),
            device=record.id,
            severity=Severity.INFO if is_good else Severity.WARNING,
            revision=reported.revision,
            variant=reported.variant,
            reason=reported.reason,
            hint=reported.hint,
        )

    def _refused(self, record: DeviceRecord, reported: Reported) -> None:
        """The refused point is left out for now, and a new plan is made."""
        desired = current_desired(record)
        if desired is None:
            return
        key = refused_key(desired.primary.point, reported.reason)
        now = self._clock.time()
        state = self._devices.device_state(record.id)
        policy = self._policies.of(record)
        refused = recent_refusals(state.refused, now, policy)
        until = now + refusal_life_s(reported, refused, key, policy)
        refused = refused | {key: Refusal(reported.reason, until)}
        self._devices.update_state(record.id, refused=refused, retries=0)
        trigger = Trigger(TriggerKind.REJECTED, at=now, detail=reported.reason)
        self._decisions.schedule(record.id, f"refused {key}: {reported.reason}", trigger)

    def _failed(self, record: DeviceRecord, reported: Reported) -> None:
        """Failures of link or storage are tried again; at the end the operator learns of it."""
        if reported.reason == ReasonCode.ABORTED:
            return
        retries = self._devices.device_state(record.id).retries
        if retries >= MAX_RETRIES:
            self._events.add(
                ControllerEvent.GAVE_UP,
                deployment_sentences.gave_up(record.id, reported, retries),
                device=record.id,
                severity=Severity.ERROR,
            )
            return
        self._devices.update_state(record.id, retries=retries + 1)
        wait_s = retry_s(retries, self._rng)
        self._queue.later(wait_s, self._retry, record.id, reported.revision)

    def _retry(self, device: str, revision: int) -> None:
        record = self._devices.device(device)
        if record.revision == revision:
            self._deployments.renew(record, "tried again after a failure")


def retry_s(retries: int, rng: Random) -> float:
    """Seconds until a deployment is tried again that was so often before."""
    return FIRST_RETRY_S * 2.0**retries * rng.uniform(SHORTEST, LONGEST)


def _serving(reported: Reported) -> dict[str, Any] | None:
    """What a report says of the point that serves: nothing, where none serves for a moment only."""
    if reported.serving.variant:
        return {"serving": reported.serving}
    # Otherwise it is a moment's: after a restart, or in a cold swap.
    return {"serving": None} if reported.outcome.is_bad else None
