"""Rollouts of an agent's version: whoever installs is told which devices are due."""

from collections.abc import Iterable

from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.rollouts.changes.agent_version import AgentChange
from lamplighter_controller.domain.rollouts.rollout import (
    Rollout,
    RolloutState,
    Target,
    TargetState,
)
from lamplighter_controller.domain.rollouts.state_machine import Seen
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.store.records import DeviceRecord, DeviceState

AWAITED = "waits for whoever installs it; see: lamplighter provision due"
# Who waits for an installer is heard meanwhile; who is silent for so long may not come up again.
SILENT_S = 900.0


class AgentKind:
    """Implements `ChangeKind`. A device cannot replace the program that would have to check the
    replacement: an image is changed from its gateway, a bundle over ssh."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def check(self, change: AgentChange) -> None:
        """Any version can be wanted."""

    def had_it(self, change: AgentChange, record: DeviceRecord, state: DeviceState) -> bool:  # noqa: ARG002
        return _version(record) == change.version

    def why_not(self, change: AgentChange, record: DeviceRecord) -> str:  # noqa: ARG002
        return ""

    def before(self, change: AgentChange, record: DeviceRecord, state: DeviceState) -> str:  # noqa: ARG002
        return _version(record)

    def tell(self, change: AgentChange, rollout: Rollout, target: Target) -> Target:  # noqa: ARG002
        return target

    def take_back(self, change: AgentChange, rollout: Rollout, target: Target) -> None:
        """It is due again, with the version that it had."""

    def follow(self, change: AgentChange, rollout: Rollout, device: str) -> None:
        """Nobody is decided for."""

    def seen(self, change: AgentChange, target: Target, record: DeviceRecord) -> Seen:
        version = _version(record)
        if version == change.version:
            return Seen(serves=True)
        if version not in ("", target.before):
            return Seen(failure=f"it runs {version}")
        is_heard = self._clock.time() - record.last_seen < SILENT_S
        return Seen(held=AWAITED if is_heard else "")

    def is_past(self, change: AgentChange, target: Target, window: Telemetry) -> bool:  # noqa: ARG002
        return window.start < target.watched_at

    def is_since(self, change: AgentChange, target: Target, window: Telemetry) -> bool:  # noqa: ARG002
        return window.start >= target.watched_at


def agent_change(rollout: Rollout) -> AgentChange:
    """What it brings. Raises InvalidError: it is no agent's version."""
    change = rollout.plan.what
    if not isinstance(change, AgentChange):
        name = rollout.name
        raise InvalidError(f"rollout {name} is of {change.text}: devices follow by themselves")
    return change


def due_devices(rollout: Rollout, records: Iterable[DeviceRecord]) -> dict[str, str]:
    """Device -> the version that it is to be given now, of a rollout of an agent's version.

    Whoever reports the version is not due, and nobody is while the rollout is paused.

    Raises:
        InvalidError: it is of something else.
    """
    change = agent_change(rollout)
    due = {record.id: _due_version(rollout, change, record) for record in records}
    return {device: due[device] for device in sorted(due) if due[device]}


def _due_version(rollout: Rollout, change: AgentChange, record: DeviceRecord) -> str:
    target = rollout.targets[record.id]
    if target.is_released:
        return ""
    version = target.before if target.state is TargetState.ROLLED_BACK else ""
    if target.state is TargetState.ORDERED and rollout.state is RolloutState.RUNNING:
        version = change.version
    return "" if version == _version(record) else version


def _version(record: DeviceRecord) -> str:
    return record.capabilities.agent_version if record.capabilities else ""
