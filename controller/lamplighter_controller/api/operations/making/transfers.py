"""What is sent to devices, and what did not have to be."""

from typing import Annotated

import msgspec
from fastapi import Depends, Request
from lamplighter_client.documents import Override
from lamplighter_client.documents.making.transfers import TransferEntry, TransferSums
from lamplighter_client.documents.requests import CallOffBody

from lamplighter_controller.api.access import bearer_name, services
from lamplighter_controller.api.answers import page_of
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor
from lamplighter_controller.api.parameters import DevicePath, JsonBody, Limit
from lamplighter_controller.api.replies import Page
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.api.within import within
from lamplighter_controller.services.audit.audited_states import OVERRIDE, shown

routes = Routes("transfers", bounds=Bounds.OWN)


@routes.get("/transfers")
def list_transfers(request: Request, after: Cursor = "", limit: Limit = 200) -> Page[TransferEntry]:
    """Orders and what they cost on the wire, the newest first; of the devices within reach."""
    found = services(request).transfers.newest(
        limit + 1, read_cursor(after, tuple[float, str, int]), within(request).devices
    )
    return page_of(TransferEntry, found, limit, lambda one: (one.at, one.device, one.revision))


@routes.get("/transfers/sums")
def show_transfer_sums(request: Request) -> TransferSums:
    """The newest thousand orders in a few figures, and what was published since the start.

    A token for a site or group is told nothing of what was published: that was for all.
    """
    seen = within(request)
    counters = request.app.state.counters
    published = (lambda: counters().get("chunks", {})) if seen.is_whole else dict
    return services(request).transfers.sums(published, seen.devices)


@routes.post("/devices/{device}/call-off", role="operator", bounds=Bounds.DEVICE)
def call_off(
    request: Request,
    device: DevicePath,
    body: Annotated[CallOffBody, Depends(JsonBody(CallOffBody))],
) -> Override:
    """Take back what is under way to a device: it serves on what it serves, and is kept for a while
    from the variant that was under way."""
    parts, by = services(request), bearer_name(request)
    made = changed(
        request,
        f"device:{device}",
        lambda: parts.call_offs.call_off(device, body, by),
        shown=lambda kept: shown(kept, OVERRIDE),
    )
    return msgspec.convert(made, Override, from_attributes=True)
