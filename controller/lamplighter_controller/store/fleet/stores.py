"""The fleet as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lamplighter_wire.enums import Outcome

from lamplighter_controller.domain.selection.device_selection import DeviceSelection
from lamplighter_controller.store.fleet.among import Among
from lamplighter_controller.store.fleet.changed_devices import ChangedDevices
from lamplighter_controller.store.records import (
    DeviceRecord,
    JobRecord,
)


@dataclass(frozen=True)
class FleetPart:
    """How many devices are alike in these.

    `outcome`: of the last deployment; None when there was none yet.
    """

    online: bool
    outcome: Outcome | None
    serving: str  # variant id
    devices: int


@dataclass(frozen=True)
class WindowSums:
    """Sums over the newest windows of all devices that are online."""

    fps_demand: float = 0.0
    fps_served: float = 0.0
    power_w: float = 0.0
    dropped: int = 0


class FleetStore(Protocol):
    """The fleet as a whole, in a query or two."""

    def count_devices(self, among: Among = None) -> list[FleetPart]:
        """All devices that are not retired."""

    def sum_windows(self, among: Among = None) -> WindowSums:
        """What the fleet does now."""

    def select_devices(self, selection: DeviceSelection) -> list[DeviceRecord]:
        """Those of a selection, in its order."""

    def changed_devices(self, mark: int) -> ChangedDevices:
        """Those that this process wrote to since a mark; 0: since it opened the database."""

    def some_devices(self, devices: Sequence[str]) -> list[DeviceRecord]:
        """These, also retired ones, in no order; those that are not there are left out."""

    def answer_counts(self, among: Among = None) -> dict[str, int]:
        """How many answers to shifts and breaches there are of each kind."""

    def open_jobs(self) -> list[JobRecord]:
        """Work of the workshop that has not ended."""
