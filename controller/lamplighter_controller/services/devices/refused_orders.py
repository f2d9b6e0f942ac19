"""Orders that a device would not even begin: expired, of a lower revision, or not signed for it."""

from collections.abc import Callable

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Outcome, ReasonCode, Severity
from lamplighter_wire.messages import Capabilities, Reported
from lamplighter_wire.words.reasons import reason_words

from lamplighter_controller.domain.message_order import next_known_revision
from lamplighter_controller.services.adaptations.adaptations import Adaptations
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import deployment_sentences
from lamplighter_controller.store.base import DeploymentStore, DeviceStore
from lamplighter_controller.store.records import DeploymentRecord, DeviceRecord

# What a new revision does not mend after so many tries is for an operator to look at.
MAX_RENEWALS = 3


class RefusedOrders:
    """Closes refused orders and mends what can be mended."""

    def __init__(
        self,
        devices: DeviceStore,
        store: DeploymentStore,
        clock: Clock,
        events: EventLog,
        adaptations: Adaptations,
        deployments: Deployments,
        decisions: Decisions,
        awaits_keys: Callable[[Capabilities], bool],
    ) -> None:
        self._devices = devices
        self._store = store
        self._clock = clock
        self._events = events
        self._adaptations = adaptations
        self._deployments = deployments
        self._decisions = decisions
        self._awaits_keys = awaits_keys

    def receive(self, record: DeviceRecord, reported: Reported) -> None:
        """Close the deployment that is under way if this is about it."""
        order = self._store.deployment(record.id, reported.refused_revision)
        if order is None or order.outcome or order.revision != record.revision:
            return
        if reported.reason == ReasonCode.SIGNATURE and self._is_to_follow(record):
            return  # it looks at it again, once it believes the keys of now
        self._close(order, reported)
        if self._may_renew(record, reported):
            self._renew(record, reported)
        else:
            self._inform_operator(record, reported)
            self._decisions.schedule_waiting(record.id)

    def _is_to_follow(self, record: DeviceRecord) -> bool:
        return record.capabilities is not None and self._awaits_keys(record.capabilities)

    def _close(self, order: DeploymentRecord, reported: Reported) -> None:
        self._store.update_deployment(
            order.device, order.revision, outcome=Outcome.REJECTED, reason=reported.reason
        )
        self._adaptations.give_up(order.device, order.revision)
        self._events.add(
            Outcome.REJECTED,
            deployment_sentences.not_begun(order.device, order.variant, reported),
            device=order.device,
            severity=Severity.WARNING,
            revision=order.revision,
            variant=order.variant,
            reason=reported.reason,
            hint=reported.hint,
        )

    def _may_renew(self, record: DeviceRecord, reported: Reported) -> bool:
        """Whether the same order under a new revision and expiry would be believed."""
        desired = current_desired(record)
        if desired is None or self._devices.device_state(record.id).retries >= MAX_RENEWALS:
            return False
        if reported.reason == ReasonCode.EXPIRED:
            # By its clock, whoever's is wrong: a device that believes no order serves none.
            return desired.expires_at <= max(self._clock.time(), reported.at)
        return reported.reason == ReasonCode.STALE_REVISION

    def _renew(self, record: DeviceRecord, reported: Reported) -> None:
        retries = self._devices.device_state(record.id).retries + 1
        revision = next_known_revision(record.revision, reported.revision)
        raised = self._devices.update_device(
            record.id, state={"retries": retries}, revision=revision
        )
        cause = f"the device has refused it: {reason_words(reported.reason)}"
        self._deployments.renew(raised, cause, device_time=reported.at)

    def _inform_operator(self, record: DeviceRecord, reported: Reported) -> None:
        is_late = reported.reason == ReasonCode.EXPIRED
        ahead_s = reported.at - self._clock.time() if is_late else None
        self._events.add(
            ControllerEvent.NOT_BELIEVED,
            deployment_sentences.not_believed(record.id, reported, ahead_s),
            device=record.id,
            severity=Severity.ERROR,
            reason=reported.reason,
        )
