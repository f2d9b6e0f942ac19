"""What is known of a rollout's devices: whether they came to the target, and what they measure."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Telemetry
from lamplighter_wire.rules.breach import lost_share

from lamplighter_controller.domain.rollouts.canary_figures import CanaryFigure, canary_figures
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
from lamplighter_controller.services.rollouts.kinds.kinds import Kinds
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.telemetry.stores import TelemetryStore

# Of a device, the newest windows that are looked at; and devices that make the control group.
WINDOWS, CONTROL_DEVICES = 300, 20


class SightingStore(DeviceStore, TelemetryStore, Protocol):
    """Where devices are seen."""


class Sightings:
    """Looks at devices in flight, and at the canaries beside those that were told nothing."""

    def __init__(self, store: SightingStore, kinds: Kinds, clock: Clock) -> None:
        self._store = store
        self._kinds = kinds
        self._clock = clock

    def look(self, rollout: Rollout) -> Looked:
        """What is known now."""
        flying = [t for t in rollout.targets.values() if t.state in IN_FLIGHT]
        seen = {target.device: self._seen(rollout, target) for target in flying}
        return Looked(seen, self._gate(rollout))

    def _seen(self, rollout: Rollout, target: Target) -> Seen:
        record, change = self._store.device(target.device), rollout.plan.what
        silent_s = self._clock.time() - max(record.last_seen, target.changed_at)
        if record.retired_at is not None:
            return Seen(gone="it is retired", silent_s=silent_s)
        seen = self._kinds.of(change).seen(change, target, record)
        return msgspec.structs.replace(seen, silent_s=silent_s)

    def _gate(self, rollout: Rollout) -> CanaryVerdict:
        """Only while the canaries fly alone."""
        canaries, control = self._watches(rollout)
        if rollout.wave > 0 or not canaries:
            return CanaryVerdict(GateState.UNDECIDED)
        return judge(canaries, control, rollout.plan.tolerances, rollout.plan.what.figures)

    def figures(self, rollout: Rollout) -> list[CanaryFigure]:
        """How the canaries changed beside those that were told nothing yet."""
        canaries, control = self._watches(rollout)
        plan = rollout.plan
        return canary_figures(canaries, control, plan.tolerances, plan.what.figures)

    def _watches(self, rollout: Rollout) -> tuple[list[Watch], list[Watch]]:
        """Canaries that have the target, and the control group."""
        watched = [
            t
            for t in rollout.targets.values()
            if t.wave == 0 and t.state in (TargetState.WATCHED, TargetState.SUCCEEDED)
        ]
        if not watched:
            return [], []
        began = min(target.watched_at or target.changed_at for target in watched)
        waiting = [t for t in rollout.targets.values() if t.state is TargetState.WAITING]
        control = [self._control(t.device, began) for t in waiting[:CONTROL_DEVICES]]
        return [self._canary(rollout, target) for target in watched], control

    def _canary(self, rollout: Rollout, target: Target) -> Watch:
        change, windows = rollout.plan.what, self._windows(target.device)
        kind = self._kinds.of(change)
        past = [w for w in windows if kind.is_past(change, target, w)]
        if not past:  # a long watch has more windows than are read
            older = self._windows(target.device, target.watched_at or target.changed_at)
            past = [w for w in older if kind.is_past(change, target, w)]
        since = [w for w in windows if kind.is_since(change, target, w)]
        return _watch(target.device, past, since)

    def _control(self, device: str, began: float) -> Watch:
        windows = self._windows(device)
        past = [w for w in windows if w.start < began]
        return _watch(device, past, [w for w in windows if w.start >= began])

    def _windows(self, device: str, until: float | None = None) -> list[Telemetry]:
        windows = self._store.telemetry(device, limit=WINDOWS, until=until)
        return [w for w in windows if w.frames > 0 and w.serving.variant]


def _watch(device: str, past: Sequence[Telemetry], since: Sequence[Telemetry]) -> Watch:
    return Watch(device, looks([_look(w) for w in past]), looks([_look(w) for w in since]))


def _look(window: Telemetry) -> Look:
    """A deployment's own work is in the energy of a window that it disturbed, and that of frames
    which the network did not see in one in which it rested."""
    energy = window.energy_mj_per_frame
    # With a weaker point it says as much of that one.
    agreement = None if window.reference_weaker else window.reference_agreement_f1
    return Look(
        latency=window.latency_p95_ms if window.latency_p95_ms > 0 else None,
        energy=energy if energy > 0 and not (window.disturbed or window.rested) else None,
        dropped=lost_share(window),
        agreement=None if agreement is None else 1.0 - agreement,
        track_breaks=window.track_breaks_per_min,
        imbalance=window.count_imbalance,
    )
