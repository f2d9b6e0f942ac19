"""What is known of a rollout's devices: whether they came to the target, and what they measure."""

from collections.abc import Sequence
from typing import Protocol

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.overrides.overrides import Override, OverrideKind
from lamplighter_controller.domain.rollouts.gates import (
    CanaryVerdict,
    GateState,
    Look,
    Watch,
    judge,
    looks,
)
from lamplighter_controller.domain.rollouts.rollout import (
    IN_FLIGHT,
    Rollout,
    Target,
    TargetState,
)
from lamplighter_controller.domain.rollouts.state_machine import Looked, Seen
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.store.base import DeploymentStore, DeviceStore, IntentStore
from lamplighter_controller.store.records import DeviceRecord, IntentRecord
from lamplighter_controller.store.telemetry.stores import TelemetryStore

# A device that has refused so many variants of the target will take none.
MOST_REFUSALS = 3
# Of a device, the newest windows that are looked at; and devices that make the control group.
WINDOWS, CONTROL_DEVICES = 300, 20
NOT_TAKEN = frozenset({Outcome.REJECTED, Outcome.ROLLED_BACK})


class SightingStore(DeviceStore, DeploymentStore, IntentStore, TelemetryStore, Protocol):
    """Where devices are seen."""


class Sightings:
    """Looks at devices in flight, and at the canaries beside those that were told nothing."""

    def __init__(self, store: SightingStore, catalogue: Catalogue, clock: Clock) -> None:
        self._store = store
        self._catalogue = catalogue
        self._clock = clock

    def look(self, rollout: Rollout) -> Looked:
        """What is known now."""
        flying = [t for t in rollout.targets.values() if t.state in IN_FLIGHT]
        seen = {target.device: self._seen(rollout, target) for target in flying}
        return Looked(seen, self._gate(rollout))

    def is_of_target(self, rollout: Rollout, variant: str) -> bool:
        """Whether a variant is what the rollout brings."""
        spec = self._catalogue.find(variant) if variant else None
        wanted = Override(id=0, kind=OverrideKind.PIN, scope="", target=rollout.plan.target)
        return spec is not None and wanted.concerns(spec)

    def _seen(self, rollout: Rollout, target: Target) -> Seen:
        record, now = self._store.device(target.device), self._clock.time()
        last = self._store.deployment(record.id, record.revision)
        serving = self._store.device_state(record.id).serving
        is_there = serving is not None and self.is_of_target(rollout, serving.variant)
        has_committed = last is not None and last.outcome is Outcome.COMMITTED
        # While it is watched it may be told another size, or new limits: it stays at the target.
        return Seen(
            serves=is_there and (has_committed or target.state is TargetState.WATCHED),
            failure=self._failure(rollout, target, record),
            silent_s=now - max(record.last_seen, target.changed_at),
            held=intent.held if (intent := self._held(record.id)) else "",
        )

    def _held(self, device: str) -> IntentRecord | None:
        return self._store.intents([device]).get(device)

    def _failure(self, rollout: Rollout, target: Target, record: DeviceRecord) -> str:
        if record.retired_at is not None:
            return "it is retired"
        since = target.changed_at
        plans = [plan for plan in self._store.plans(record.id, 1) if plan.at >= since]
        if plans and not plans[0].variant:
            reasons = plans[0].document.get("reasons") or ["no variant of it"]
            return f"nothing fits: {reasons[-1]}"
        refusals = [
            one
            for one in self._store.deployments(record.id, MOST_REFUSALS)
            if one.at >= since
            and one.outcome in NOT_TAKEN
            and self.is_of_target(rollout, one.variant)
        ]
        if len(refusals) >= MOST_REFUSALS:
            return f"it has refused {len(refusals)} times: {refusals[0].reason}"
        return ""

    def _gate(self, rollout: Rollout) -> CanaryVerdict:
        """Only while the canaries fly alone."""
        watched = [
            t
            for t in rollout.targets.values()
            if t.wave == 0 and t.state in (TargetState.WATCHED, TargetState.SUCCEEDED)
        ]
        if rollout.wave > 0 or not watched:
            return CanaryVerdict(GateState.UNDECIDED)
        began = min(target.changed_at for target in watched)
        waiting = [t for t in rollout.targets.values() if t.state is TargetState.WAITING]
        control = [self._control(t.device, began) for t in waiting[:CONTROL_DEVICES]]
        canaries = [self._canary(rollout, target) for target in watched]
        return judge(canaries, control, rollout.plan.tolerances)

    def _canary(self, rollout: Rollout, target: Target) -> Watch:
        """By what served, so that the device's clock plays no part."""
        windows = self._windows(target.device)
        past = [w for w in windows if w.serving.variant == target.before]
        since = [w for w in windows if self.is_of_target(rollout, w.serving.variant)]
        return _watch(target.device, past, since)

    def _control(self, device: str, began: float) -> Watch:
        windows = self._windows(device)
        past = [w for w in windows if w.start < began]
        return _watch(device, past, [w for w in windows if w.start >= began])

    def _windows(self, device: str) -> list[Telemetry]:
        windows = self._store.telemetry(device, limit=WINDOWS)
        return [w for w in windows if w.frames > 0 and w.serving.variant]


def _watch(device: str, past: Sequence[Telemetry], since: Sequence[Telemetry]) -> Watch:
    return Watch(device, looks([_look(w) for w in past]), looks([_look(w) for w in since]))


def _look(window: Telemetry) -> Look:
    """A deployment's own work is in the energy of a window that it disturbed."""
    energy = window.energy_mj_per_frame
    agreement = window.reference_agreement_f1
    return Look(
        latency=window.latency_p95_ms if window.latency_p95_ms > 0 else None,
        energy=energy if energy > 0 and not window.disturbed else None,
        dropped=window.dropped / (window.frames + window.dropped),
        agreement=None if agreement is None else 1.0 - agreement,
        track_breaks=window.track_breaks_per_min,
        imbalance=window.count_imbalance,
    )
