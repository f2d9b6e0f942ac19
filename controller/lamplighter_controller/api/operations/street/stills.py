"""Stills: one picture of a device, to draw lines on."""

from typing import Annotated

import msgspec
from fastapi import Depends, Request
from lamplighter_client.documents.street.stills import DeviceStill, StillBody

from lamplighter_controller.api.access import bearer_name, services
from lamplighter_controller.api.audit.changes import ordered
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import DevicePath, JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.errors import ConflictError, TooOftenError

routes = Routes("street", prefix="/devices", bounds=Bounds.DEVICE)


@routes.post("/{device}/still", role="operator", refusals=(ConflictError, TooOftenError))
def take_still(
    request: Request,
    device: DevicePath,
    body: Annotated[StillBody, Depends(JsonBody(StillBody))],
) -> DeviceStill:
    """One picture of a camera as its device gives it now, where its owner's settings permit that.

    Noted in the audit log. The answer waits for the device, some seconds at most, and is kept
    nowhere.
    """
    stills, by = services(request).stills, bearer_name(request)
    asked = ordered(
        request,
        f"device:{device}",
        lambda: stills.ask(device, body.stream, by),
        msgspec.to_builtins(body),
    )
    still = stills.wait(asked)
    return DeviceStill(
        device=device,
        stream=still.stream,
        at=still.at,
        privacy=still.privacy,
        width=still.width,
        height=still.height,
        blurred=still.blurred,
        jpeg=still.jpeg,
        preview=still.preview,
        preview_width=still.preview_width,
        preview_height=still.preview_height,
    )
