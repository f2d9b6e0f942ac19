"""All points of the catalogue as they would be on a device."""

from typing import Annotated

from fastapi import Query, Request
from lamplighter_client.documents.making.fronts import Front

from lamplighter_controller.api.access import services
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import PRINTABLE, DevicePath
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.errors import ConflictError

routes = Routes("fronts", prefix="/devices", bounds=Bounds.DEVICE)
RegimeQuery = Annotated[
    str, Query(max_length=200, pattern=PRINTABLE, description="Of the street; empty: that of now.")
]


@routes.get("/{device}/front", refusals=(ConflictError,))
def show_front(request: Request, device: DevicePath, regime: RegimeQuery = "") -> Front:
    """What each variant would be on a device at each size, in a regime: latency, energy, accuracy,
    memory, bytes, and why it may not run or need not."""
    parts = services(request)
    return parts.queue.call(lambda: parts.fronts.of(device, regime))
