"""From a decision to the signed desired state that is on disk and then on the wire."""

from functools import partial

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Desired, Envelope, Limits, OperatingPoint, Rung
from lamplighter_wire.signing import seal, sign

from lamplighter_controller.domain.operating_points import Choice
from lamplighter_controller.domain.overrides.overridden import BY_HAND, OVERRIDE, ROLLOUT
from lamplighter_controller.domain.planner import trades
from lamplighter_controller.domain.switching import Decision
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.services.adaptations.adaptations import Adaptations
from lamplighter_controller.services.deployments.desired import (
    draft_desired,
    is_same_order,
)
from lamplighter_controller.services.deployments.manifest_patches import ManifestPatches
from lamplighter_controller.services.deployments.variant_deltas import Then, VariantDeltas
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.services.sentences import deployment_sentences
from lamplighter_controller.store.base import DeploymentStore, DeviceStore
from lamplighter_controller.store.records import (
    DeploymentRecord,
    DeviceRecord,
    IntentRecord,
    PlanRecord,
)


class Deployments:
    """Gives orders to devices: each is saved first, then published."""

    def __init__(
        self,
        devices: DeviceStore,
        deployments: DeploymentStore,
        clock: Clock,
        signer: Signer,
        outbound: Outbound,
        events: EventLog,
        learning: Learning,
        adaptations: Adaptations,
        policies: Policies,
        patches: ManifestPatches,
        deltas: VariantDeltas,
        desired_life_s: float,
        by_artifact: bool,
    ) -> None:
        """`by_artifact`: the broker knows of each what it is ordered, and by that its chunks."""
        self._devices = devices
        self._deployments = deployments
        self._clock = clock
        self._signer = signer
        self._outbound = outbound
        self._events = events
        self._learning = learning
        self._adaptations = adaptations
        self._policies = policies
        self._patches, self._deltas = patches, deltas
        self._desired_life_s, self._by_artifact = desired_life_s, by_artifact

    def is_under_way(self, record: DeviceRecord) -> bool:
        """Whether the last deployment has no outcome yet and is not out of patience."""
        return self.awaits_outcome(record, self._deployments.deployment(record.id, record.revision))

    def awaits_outcome(self, record: DeviceRecord, last: DeploymentRecord | None) -> bool:
        """The same of a device's last deployment that is at hand."""
        if last is None or last.outcome:
            return False
        return self._clock.time() - last.at < self._policies.of(record).patience_s

    def draft(self, record: DeviceRecord, decision: Decision, choice: Choice) -> Desired:
        """What a decision wants of a device, as an order without a revision."""
        desired = draft_desired(record.id, decision, choice, self._policies.of(record))
        bought = self._trades(record, desired)
        by_hand = [BY_HAND] if decision.verdict.why in (OVERRIDE, ROLLOUT) else []
        return msgspec.structs.replace(desired, trades=[*bought, *by_hand])

    def prepare(self, record: DeviceRecord, desired: Desired, then: Then) -> bool:
        """Whether all is at hand that an order is released with; else `then` follows when more is,
        on the deciding thread."""
        return self._deltas.prepare(desired, record, then)

    def release(self, record: DeviceRecord, held: IntentRecord) -> None:
        """The next revision of a device is what was intended."""
        intent = held.intent
        desired = self._patches.attach(intent.desired, current_desired(record))
        desired = self._next(record, self._deltas.attach(desired, record))
        point = desired.primary.point
        envelope = self._save(held.plan, desired)
        self._adaptations.attach(record.id, desired.revision, intent)
        self._events.add(
            ControllerEvent.DEPLOY,
            deployment_sentences.ordered(record.id, desired.primary, intent.cause),
            device=record.id,
            revision=desired.revision,
            variant=point.variant,
            cause=intent.cause,
        )
        self._publish(record.id, envelope, intent.trace)

    def renew(
        self,
        record: DeviceRecord,
        cause: str,
        limits: Limits | None = None,
        device_time: float = 0.0,
    ) -> None:
        """The same under a new revision and expiry, by the policy of now, and new limits if any.

        Args:
            device_time: the device's wall clock, where it has just told it.
        """
        desired = current_desired(record)
        if desired is None:
            return
        policy = self._policies.of(record).for_device()
        changed = msgspec.structs.replace(desired, limits=limits or desired.limits, policy=policy)
        self._order_again(record, changed, cause, device_time)

    def _order_again(
        self, record: DeviceRecord, desired: Desired, cause: str, device_time: float = 0.0
    ) -> None:
        """An order that no plan has led to."""
        again = self._next(record, desired, device_time)
        point = again.primary.point
        plan = PlanRecord(
            device=record.id,
            at=again.issued_at,
            cause=cause,
            variant=point.variant,
            regime="",
            document={"reasons": [cause], "primary": {"point": msgspec.to_builtins(point)}},
        )
        envelope = self._save(plan, again)
        text = deployment_sentences.ordered_again(record.id, point, cause)
        self._events.add(
            ControllerEvent.DEPLOY,
            text,
            device=record.id,
            revision=again.revision,
            variant=point.variant,
            cause=cause,
        )
        self._publish(record.id, envelope)

    def call_off(self, record: DeviceRecord, serving: OperatingPoint, cause: str) -> None:
        """Instead of what is under way, what the device serves, and what it holds beside that."""
        desired = current_desired(record)
        if desired is None:
            return
        held = set(record.reported.resident) if record.reported is not None else set()
        predicted = self._learning.predict(record, serving) or desired.primary.predicted
        ladder = [rung for rung in desired.ladder if rung.point.variant in held]
        changed = msgspec.structs.replace(
            desired,
            primary=Rung(point=serving, predicted=predicted),
            ladder=ladder,
            deltas=[],
            trades=[BY_HAND],
        )
        self._order_again(record, changed, cause)

    def republish(self, record: DeviceRecord) -> None:
        """Publish again what the device should serve, signed with the key of now; as a new revision
        when that has expired."""
        desired = current_desired(record)
        if desired is None:
            return
        if desired.expires_at <= self._clock.time():
            self.renew(record, "the desired state had expired")
        elif not self.is_signed_now(record):
            self.sign_again(record)
        else:
            self._publish(record.id, record.desired)

    def is_signed_now(self, record: DeviceRecord) -> bool:
        """Whether the key of now has signed what the device should serve, if anything."""
        return not record.desired or _signed(record.desired).key_id == self._signer.key.key_id

    def sign_again(self, record: DeviceRecord) -> None:
        """The same order, to the byte, signed with the key of now: nothing for a device to do."""
        signed = encode(sign(_signed(record.desired).payload, self._signer.key))
        self._devices.update_device(record.id, desired=signed)
        self._publish(record.id, signed)

    def pass_changes(self, record: DeviceRecord, limits: Limits) -> None:
        """A device decides by limits and policy: it must know of new ones even if it serves on."""
        desired = current_desired(record)
        if desired is None:
            return
        if desired.limits != limits:
            self.renew(record, "new limits", limits)
        elif desired.policy != self._policies.of(record).for_device():
            self.renew(record, "new policy")

    def _publish(self, device: str, envelope: bytes, trace: str = "") -> None:
        """Once it is on disk."""
        self._devices.after_commit(partial(self._outbound.desired, device, envelope, trace))

    def _next(self, record: DeviceRecord, desired: Desired, device_time: float = 0.0) -> Desired:
        """The same as the next revision of a device, valid from now on, by either's clock."""
        now = self._clock.time()
        session = self._devices.device_state(record.id).session
        until = max(now, device_time, session.at, record.measured_at) + self._desired_life_s
        return msgspec.structs.replace(
            desired,
            revision=record.revision + 1,
            issued_at=now,
            expires_at=until,
            by_artifact=self._by_artifact,
        )

    def _save(self, plan: PlanRecord | int, desired: Desired) -> bytes:
        """Keep plan and order; the signed order is what the device gets."""
        deployment = DeploymentRecord(
            device=desired.device,
            revision=desired.revision,
            plan=0,
            variant=desired.primary.point.variant,
            at=desired.issued_at,
        )
        envelope = seal(desired, self._signer.key)
        self._deployments.save_desired(plan, deployment, envelope)
        return envelope

    def _trades(self, record: DeviceRecord, desired: Desired) -> list[str]:
        """What the candidate buys over what the device serves now."""
        serving = self._devices.device_state(record.id).serving
        incumbent = self._learning.predict(record, serving) if serving else None
        if incumbent is None:
            return []
        return trades(incumbent, desired.primary.predicted, self._policies.of(record))

    def is_served(self, record: DeviceRecord, desired: Desired) -> bool:
        """Whether the device holds to exactly this already."""
        before = current_desired(record)
        last = self._deployments.deployment(record.id, record.revision)
        if before is None or last is None or last.outcome is not Outcome.COMMITTED:
            return False
        return is_same_order(before, desired)


def _signed(desired: bytes) -> Envelope:
    return decode(desired, Envelope)
