"""What the controller's API says of the city at the end of its day."""

from dataclasses import dataclass, field

from lamplighter_client import endpoints
from lamplighter_client.documents import Deployment, Device, Event, PlanEntry, TelemetryEntry
from lamplighter_client.documents.making.fronts import Front
from lamplighter_client.errors import RefusedError
from lamplighter_client.making import endpoints as making
from lamplighter_wire.messages import Telemetry

from lamplighter_demo.city.running import City

# More than a demo day makes of anything, and of all events.
MANY = 500
ALL_EVENTS = 5000


@dataclass(frozen=True, slots=True)
class DeviceHistory:
    """What the API says of one device, oldest first."""

    device: Device
    plans: list[PlanEntry]
    deployments: list[Deployment]
    telemetry: list[TelemetryEntry]
    events: list[Event]
    front: Front = field(default_factory=Front)

    @property
    def windows_with_frames(self) -> list[Telemetry]:
        """The windows that say something of what served."""
        return [window for window in self.telemetry if window.frames]


def collect(city: City) -> dict[str, DeviceHistory]:
    """Read everything while the controller is up."""
    events = city.api.send(endpoints.events(limit=ALL_EVENTS))
    return {device.id: _history(city, device.id, events) for device in city.devices}


def _history(city: City, device: str, events: list[Event]) -> DeviceHistory:
    send = city.api.send
    return DeviceHistory(
        device=send(endpoints.device(device)),
        plans=send(endpoints.plans(device, MANY))[::-1],
        deployments=send(endpoints.deployments(device, MANY))[::-1],
        telemetry=send(endpoints.telemetry(device, MANY)),
        events=[event for event in events if event.device == device],
        front=_front(city, device),
    )


def _front(city: City, device: str) -> Front:
    """Of one that has said nothing of itself there is none."""
    try:
        return city.api.send(making.front(device))
    except RefusedError:
        return Front()
