"""Whose messages count: devices that are enrolled and not retired, at hand for every message."""

from lamplighter_controller.store.base import DeviceStore


class DeviceRoster:
    """Asked on the connection's thread, changed by whoever admits or retires a device."""

    def __init__(self, devices: DeviceStore) -> None:
        self._devices = devices
        self._known: set[str] = set()

    def load(self) -> None:
        """Read it from the store."""
        self._known = {record.id for record in self._devices.devices()}

    def is_known(self, device: str) -> bool:
        """Whether messages of a device are handled."""
        return device in self._known

    def add(self, device: str) -> None:
        """It has enrolled."""
        self._known.add(device)

    def remove(self, device: str) -> None:
        """It is retired."""
        self._known.discard(device)
