"""What a kind of change means for a device: the seam between rollouts and what they bring."""

from typing import Protocol, TypeVar

from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.rollouts.changes.change import Change
from lamplighter_controller.domain.rollouts.rollout import Rollout, Target
from lamplighter_controller.domain.rollouts.state_machine import Seen
from lamplighter_controller.store.records import DeviceRecord, DeviceState

C_contra = TypeVar("C_contra", bound=Change, contravariant=True)


class ChangeKind(Protocol[C_contra]):
    """One file for each kind. What writes is called within the step's transaction."""

    def check(self, change: C_contra) -> None:
        """Raises NotFoundError, InvalidError: it can come to no device."""

    def had_it(self, change: C_contra, record: DeviceRecord, state: DeviceState) -> bool:
        """Whether a device has it already."""

    def why_not(self, change: C_contra, record: DeviceRecord) -> str:
        """Why a device cannot take it; empty: it may."""

    def before(self, change: C_contra, record: DeviceRecord, state: DeviceState) -> str:
        """What a device goes back to, in words."""

    def tell(self, change: C_contra, rollout: Rollout, target: Target) -> Target:
        """Write down that a device shall have it, and what it had."""

    def take_back(self, change: C_contra, rollout: Rollout, target: Target) -> None:
        """Write down that a device, rolled back or failed, shall have what it had."""

    def follow(self, change: C_contra, rollout: Rollout, device: str) -> None:
        """After the step is kept: let the device be decided for."""

    def seen(self, change: C_contra, target: Target, record: DeviceRecord) -> Seen:
        """How far a device in flight is, but for how long it has been silent."""

    def is_past(self, change: C_contra, target: Target, window: Telemetry) -> bool:
        """Whether a window was measured before it."""

    def is_since(self, change: C_contra, target: Target, window: Telemetry) -> bool:
        """Whether a window was measured with it."""
