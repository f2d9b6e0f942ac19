"""Which devices may not be changed at this hour, by the maintenance windows of their policies."""

from collections.abc import Callable, Iterable

from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.domain.policy.release import MaintenanceWindow
from lamplighter_controller.store.fleet.stores import FleetStore
from lamplighter_controller.store.records import DeviceRecord

# A device whose hours are far off is not asked about with every look.
REST_S = 60.0


class MaintenanceWindows:
    """`policy_of`: what a device is decided by."""

    def __init__(
        self,
        store: FleetStore,
        clock: Clock,
        policy_of: Callable[[DeviceRecord], Policy],
        window: MaintenanceWindow,
    ) -> None:
        self._store, self._clock = store, clock
        self._policy_of, self._window = policy_of, window
        self._known: dict[str, tuple[float, str]] = {}  # until when, and why

    def closed(self, devices: Iterable[str]) -> dict[str, str]:
        """Those of some devices that have to wait, with the reason."""
        now, wanted = self._clock.time(), list(devices)
        self._known = {one: known for one, known in self._known.items() if now < known[0]}
        for record in self._store.some_devices([one for one in wanted if one not in self._known]):
            verdict = self._window.verdict(self._policy_of(record), now)
            if not verdict.is_released:
                until = min(verdict.until or now + REST_S, now + REST_S)
                self._known[record.id] = (until, verdict.reason)
        return {one: self._known[one][1] for one in wanted if one in self._known}
