"""Everything that can happen on the screens. Bursts of the same message coalesce."""

from dataclasses import dataclass

from lamplighter_client.documents import Deployment, Device, Event, Job, PlanEntry, TelemetryEntry
from textual.message import Message


class _Latest(Message):
    """Only the newest of its kind is worth showing."""

    def can_replace(self, message: Message) -> bool:
        return type(message) is type(self)


class FleetRefreshed(_Latest):
    """The list of devices and the workshop's jobs were read."""

    def __init__(self, devices: list[Device], jobs: list[Job]) -> None:
        super().__init__()
        self.devices = devices
        self.jobs = jobs


class DeviceOpened(Message):
    """A device's page is on the screen and has nothing to show yet."""


@dataclass(frozen=True, slots=True)
class DeviceHistory:
    """A device and what is kept of its past."""

    device: Device
    telemetry: list[TelemetryEntry]
    plans: list[PlanEntry]
    deployments: list[Deployment]


class DeviceRefreshed(_Latest):
    """Everything about one device was read."""

    def __init__(self, history: DeviceHistory) -> None:
        super().__init__()
        self.history = history


class EventsArrived(Message):
    """New events, oldest first."""

    def __init__(self, events: list[Event]) -> None:
        super().__init__()
        self.events = events


class FleetUnreachable(_Latest):
    """The controller did not answer."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
