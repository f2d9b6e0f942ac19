"""Which devices were written to since when: in memory, one entry for each device."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ChangedDevices:
    """Devices that were written to after a mark, in no order. `mark`: for the next time."""

    mark: int
    devices: list[str]


class DeviceMarks:
    """Each write to a device gets a number higher than all before it, once it is committed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest = 0
        self._marks: dict[str, int] = {}  # the newest last

    def set(self, devices: Iterable[str]) -> None:
        """These were written to."""
        with self._lock:
            for device in devices:
                self._newest += 1
                self._marks.pop(device, None)
                self._marks[device] = self._newest

    def since(self, mark: int) -> ChangedDevices:
        """Those with a higher number than `mark`."""
        with self._lock:
            devices = []
            for device in reversed(self._marks):
                if self._marks[device] <= mark:
                    break
                devices.append(device)
            return ChangedDevices(self._newest, devices)
