"""Everything that can happen on the screens. Bursts of the same message coalesce."""

from typing import Any

from textual.message import Message

Json = dict[str, Any]


class _Latest(Message):
    """Only the newest of its kind is worth showing."""

    def can_replace(self, message: Message) -> bool:
        return type(message) is type(self)


class FleetRefreshed(_Latest):
    """The list of devices and the workshop's jobs were read."""

    def __init__(self, devices: list[Json], jobs: list[Json]) -> None:
        super().__init__()
        self.devices = devices
        self.jobs = jobs


class DeviceOpened(Message):
    """A device's page is on the screen and has nothing to show yet."""


class DeviceRefreshed(_Latest):
    """Everything about one device was read."""

    def __init__(
        self,
        device: str,
        facts: Json,
        telemetry: list[Json],
        plans: list[Json],
        deployments: list[Json],
    ) -> None:
        super().__init__()
        self.device = device
        self.facts = facts
        self.telemetry = telemetry
        self.plans = plans
        self.deployments = deployments


class EventsArrived(Message):
    """New events, oldest first."""

    def __init__(self, events: list[Json]) -> None:
        super().__init__()
        self.events = events


class FleetUnreachable(_Latest):
    """The controller did not answer."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
