"""How accurate points are before a device's cameras."""

from typing import Annotated

from fastapi import Depends, Request
from lamplighter_client.documents.street.accuracy import DeviceAccuracy, LabelsBody

from lamplighter_controller.api.access import bearer_name, services
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import DevicePath, JsonBody
from lamplighter_controller.api.routing import Routes

routes = Routes("street", prefix="/devices", bounds=Bounds.DEVICE)


@routes.get("/{device}/accuracy")
def show_accuracy(request: Request, device: DevicePath) -> DeviceAccuracy:
    """What is expected of the points that a device serves, holds or was measured with, by regime:
    measured on labels of its own pictures, expected by what it has seen, or as elsewhere. And what
    it has seen: how tall road users stand there, and how far its boxes agree with a better point's.
    """
    parts = services(request)
    return parts.queue.call(lambda: parts.accuracies.of(device))


@routes.post("/{device}/accuracy", role="operator")
def label_accuracy(
    request: Request,
    device: DevicePath,
    body: Annotated[LabelsBody, Depends(JsonBody(LabelsBody))],
) -> DeviceAccuracy:
    """What was measured on labelled pictures of a device's cameras: plans for it count with that
    before anything else. In place of what was told before; the device is decided for anew."""
    accuracies, by = services(request).accuracies, bearer_name(request)
    return changed(request, f"device:{device}", lambda: accuracies.label(device, body.points, by))
