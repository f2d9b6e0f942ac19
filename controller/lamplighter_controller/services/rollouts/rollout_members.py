"""Who comes into a rollout, in which wave, and who is left out and why."""

from dataclasses import dataclass, field
from typing import Protocol

from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.devices import hardware_class
from lamplighter_controller.domain.overrides.overrides import InForce
from lamplighter_controller.domain.rollouts.changes.change import Change
from lamplighter_controller.domain.rollouts.changes.model import ModelChange
from lamplighter_controller.domain.rollouts.rollout import (
    Rollout,
    Target,
    TargetState,
)
from lamplighter_controller.domain.rollouts.waves import in_waves
from lamplighter_controller.services.device_views import DeviceViews, is_ready
from lamplighter_controller.services.groups.groups import Groups
from lamplighter_controller.services.rollouts.kinds.kinds import Kinds
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord, DeviceState
from lamplighter_controller.store.rollouts.stores import RolloutStore
from lamplighter_controller.store.telemetry.stores import TelemetryStore

# Devices are read so many at a time.
PAGE = 200


class MemberStore(DeviceStore, TelemetryStore, RolloutStore, Protocol):
    """Where members are read from."""


@dataclass(frozen=True)
class Members:
    """Devices with their waves, and those left out with the reason."""

    targets: list[Target] = field(default_factory=list)
    skipped: list[Target] = field(default_factory=list)

    @property
    def all(self) -> list[Target]:
        """Of both."""
        return [*self.targets, *self.skipped]


class RolloutMembers:
    """Reads a rollout's group as it is now."""

    def __init__(
        self,
        store: MemberStore,
        clock: Clock,
        groups: Groups,
        views: DeviceViews,
        kinds: Kinds,
    ) -> None:
        self._store = store
        self._clock = clock
        self._groups = groups
        self._views = views
        self._kinds = kinds

    def of(self, rollout: Rollout) -> Members:
        """Who would come into it.

        Raises:
            NotFoundError: its group is gone.
        """
        failures = self._store.failures(self._clock.time() - rollout.plan.penalty_s)
        chosen: list[Target] = []
        skipped: list[Target] = []
        members = self._groups.members(rollout.plan.group)
        for begin in range(0, len(members), PAGE):
            page = self._store.devices_and_states(members[begin : begin + PAGE])
            for record, state in page.values():
                target = self._target(rollout, record, state, failures)
                (skipped if target.state is TargetState.SKIPPED else chosen).append(target)
        return Members(in_waves(rollout.plan, chosen), skipped)

    def _target(
        self,
        rollout: Rollout,
        record: DeviceRecord,
        state: DeviceState,
        failures: dict[str, int],
    ) -> Target:
        change, plan = rollout.plan.what, rollout.plan
        kind = self._kinds.of(change)
        had_it = kind.had_it(change, record, state)
        why = self._why_not(rollout, record, failures.get(record.id, 0))
        if had_it and not _brings_limits(change, record):
            why = "it has the target already"
        return Target(
            device=record.id,
            site=record.site,
            link=record.labels.get(plan.link_label, ""),
            rank=record.labels.get(plan.order_label, ""),
            hardware=hardware_class(record.capabilities) if record.capabilities else "",
            regime=str(record.workload.regime) if record.workload else "",
            state=TargetState.SKIPPED if why else TargetState.WAITING,
            reason=why,
            before=kind.before(change, record, state),
            had_it=had_it,
            was_online=record.online,
        )

    def _why_not(self, rollout: Rollout, record: DeviceRecord, failures: int) -> str:
        plan = rollout.plan
        if not is_ready(record):
            return "it has not reported what it is yet"
        if failures >= plan.most_failures:
            hours = plan.penalty_s / 3600.0
            return f"in the penalty box: failed {failures} times in {hours:g} h"
        why = self._kinds.of(plan.what).why_not(plan.what, record)
        return why or _by_hand(self._views.overrides(record))


def _brings_limits(change: Change, record: DeviceRecord) -> bool:
    """Whether it is brought other limits than its own."""
    wanted = change.objective if isinstance(change, ModelChange) else None
    return wanted is not None and wanted != record.objective


def _by_hand(counts: InForce) -> str:
    """What an operator has set for the device itself or its groups; other rollouts count not."""
    set_by_hand = [one for one in (counts.hold, counts.pin) if one is not None and one.id]
    return set_by_hand[0].text if set_by_hand else ""
