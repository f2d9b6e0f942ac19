"""The newest lines of a device's log, asked of the device itself."""

from typing import Annotated

import msgspec
from fastapi import Depends, Request
from lamplighter_client.documents.fleet.device_log import LogBody, LogEntry, LogLines

from lamplighter_controller.api.access import services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.api.audit.changes import ordered
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import DevicePath, JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.errors import ConflictError, TooOftenError

routes = Routes("devices", prefix="/devices", bounds=Bounds.DEVICE)


@routes.post("/{device}/log", role="operator", refusals=(ConflictError, TooOftenError))
def read_log(
    request: Request,
    device: DevicePath,
    body: Annotated[LogBody, Depends(JsonBody(LogBody))],
) -> LogLines:
    """The newest lines that its agent has logged, unless its owner's settings say no.

    Noted in the audit log: lines name addresses and paths. The answer waits for the device, some
    seconds at most, and is kept nowhere.
    """
    logs = services(request).device_logs
    asked = ordered(
        request,
        f"device:{device}",
        lambda: logs.ask(device, body.lines, body.level),
        msgspec.to_builtins(body),
    )
    told = logs.wait(asked)
    return LogLines(
        device=device,
        at=told.at,
        lines=documents(LogEntry, told.lines),
        since=told.since,
        left_out=told.left_out,
    )
