"""Rollouts of models: devices are pinned, and the planner finds each its own variant."""

from typing import Protocol

import msgspec
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.overrides.overrides import Override, OverrideKind
from lamplighter_controller.domain.rollouts.changes.model import ModelChange
from lamplighter_controller.domain.rollouts.rollout import (
    IN_FLIGHT,
    IN_FORCE,
    Rollout,
    Target,
    TargetState,
)
from lamplighter_controller.domain.rollouts.state_machine import Seen
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.store.base import DeploymentStore, DeviceStore, IntentStore
from lamplighter_controller.store.records import DeviceRecord, DeviceState

# A device that has refused so many variants of the target will take none.
MOST_REFUSALS = 3
NOT_TAKEN = frozenset({Outcome.REJECTED, Outcome.ROLLED_BACK})


class ModelStore(DeviceStore, DeploymentStore, IntentStore, Protocol):
    """Where it is seen what devices serve."""


class ModelKind:
    """Implements `ChangeKind`; what it says of devices are overrides (see `overrides_of`)."""

    def __init__(
        self, store: ModelStore, catalogue: Catalogue, queue: DecisionQueue, decisions: Decisions
    ) -> None:
        self._store, self._catalogue = store, catalogue
        self._queue, self._decisions = queue, decisions

    def check(self, change: ModelChange) -> None:
        wanted = _pin(change)
        if not any(wanted.concerns(spec) for spec in self._catalogue.specs()):
            raise NotFoundError(
                f"no variant or model {change.target!r}; see: lamplighter model list"
            )

    def had_it(self, change: ModelChange, record: DeviceRecord, state: DeviceState) -> bool:  # noqa: ARG002
        return state.serving is not None and self._is_of(change, state.serving.variant)

    def why_not(self, change: ModelChange, record: DeviceRecord) -> str:  # noqa: ARG002
        return ""

    def before(self, change: ModelChange, record: DeviceRecord, state: DeviceState) -> str:  # noqa: ARG002
        return state.serving.variant if state.serving else ""

    def tell(self, change: ModelChange, rollout: Rollout, target: Target) -> Target:  # noqa: ARG002
        """The objective comes with the order and goes with it."""
        serving = self._store.device_state(target.device).serving
        if serving is not None and not self._is_of(change, serving.variant):
            # While it waited it may have been given another.
            target = msgspec.structs.replace(target, before=serving.variant)
        if change.objective is None:
            return target
        device = self._store.device(target.device)
        self._store.configure_device(device.id, None, objective=change.objective)
        if target.objective_before is not None:  # it was told before
            return target
        return msgspec.structs.replace(target, objective_before=device.objective)

    def take_back(self, change: ModelChange, rollout: Rollout, target: Target) -> None:  # noqa: ARG002
        if change.objective is not None and target.objective_before is not None:
            self._store.configure_device(target.device, None, objective=target.objective_before)

    def follow(self, change: ModelChange, rollout: Rollout, device: str) -> None:  # noqa: ARG002
        has_come = rollout.targets[device].state in (*IN_FLIGHT, TargetState.SUCCEEDED)
        is_brought = has_come and rollout.state in IN_FORCE
        cause = f"rollout {rollout.name}" if is_brought else f"leaving rollout {rollout.name}"
        self._queue.submit(self._decisions.consider, device, cause)

    def seen(self, change: ModelChange, target: Target, record: DeviceRecord) -> Seen:
        last = self._store.deployment(record.id, record.revision)
        serving = self._store.device_state(record.id).serving
        is_there = serving is not None and self._is_of(change, serving.variant)
        has_committed = last is not None and last.outcome is Outcome.COMMITTED
        intent = self._store.intents([record.id]).get(record.id)
        # While it is watched it may be told another size, or new limits: it stays at the target.
        return Seen(
            serves=is_there and (has_committed or target.state is TargetState.WATCHED),
            failure=self._failure(change, target, record),
            held=intent.held if intent else "",
        )

    def is_past(self, change: ModelChange, target: Target, window: Telemetry) -> bool:  # noqa: ARG002
        """By what served, so that the device's clock plays no part; but where only limits come."""
        if target.had_it:
            return window.start < target.watched_at
        return window.serving.variant == target.before

    def is_since(self, change: ModelChange, target: Target, window: Telemetry) -> bool:
        if target.had_it and window.start < target.watched_at:
            return False
        return self._is_of(change, window.serving.variant)

    def _is_of(self, change: ModelChange, variant: str) -> bool:
        spec = self._catalogue.find(variant) if variant else None
        return spec is not None and _pin(change).concerns(spec)

    def _failure(self, change: ModelChange, target: Target, record: DeviceRecord) -> str:
        since = target.changed_at
        plans = [plan for plan in self._store.plans(record.id, 1) if plan.at >= since]
        if plans and not plans[0].variant:
            reasons = plans[0].document.get("reasons") or ["no variant of it"]
            return f"nothing fits: {reasons[-1]}"
        refusals = [
            one
            for one in self._store.deployments(record.id, MOST_REFUSALS)
            if one.at >= since and one.outcome in NOT_TAKEN and self._is_of(change, one.variant)
        ]
        if len(refusals) >= MOST_REFUSALS:
            return f"it has refused {len(refusals)} times: {refusals[0].reason}"
        return ""


def _pin(change: ModelChange) -> Override:
    return Override(id=0, kind=OverrideKind.PIN, scope="", target=change.target)
