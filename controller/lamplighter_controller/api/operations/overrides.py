"""What operators set for devices by hand: holds, pins, a way back."""

from typing import Annotated

import msgspec
from fastapi import Depends, Path, Query, Request
from lamplighter_client.documents import Override, RolledBack
from lamplighter_client.documents.requests import (
    OverrideBody,
    RollBackBody,
    RollBackPreviewBody,
    ScopeBody,
)

from lamplighter_controller.api.access import bearer_name, reach_of, services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import MAX_NUMBER, JsonBody, Limit
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.services.audit.audited_states import OVERRIDE, shown

routes = Routes("overrides", prefix="/overrides", bounds=Bounds.OWN)
NumberPath = Annotated[int, Path(ge=1, le=MAX_NUMBER, description="The override's number.")]


@routes.get("")
def list_overrides(
    request: Request,
    all: Annotated[bool, Query(description="Also those that have ended.")] = False,  # noqa: A002
    limit: Limit = 1000,
) -> list[Override]:
    """Holds, pins and what devices are kept from, newest first; of those within reach."""
    reach, store = reach_of(request), services(request).store
    kept = store.overrides(ended=all, limit=limit if reach.is_whole else 0)
    return documents(Override, [one for one in kept if reach.has_scope(one.scope)][:limit])


@routes.post("", role="operator", status=201)
def set_override(
    request: Request, body: Annotated[OverrideBody, Depends(JsonBody(OverrideBody))]
) -> Override:
    """Hold devices as they are, pin them to a variant or model, or keep them from one."""
    parts, by = services(request), bearer_name(request)
    _check_reach(request, _scope(body))
    record = changed(
        request,
        _scope(body),
        lambda: parts.override_changes.set(body, by),
        shown=lambda made: shown(made, OVERRIDE),
    )
    return msgspec.convert(record, Override, from_attributes=True)


@routes.post("/roll-back", role="operator")
def roll_back_devices(
    request: Request, body: Annotated[RollBackBody, Depends(JsonBody(RollBackBody))]
) -> list[RolledBack]:
    """Each device back to what it served well before, without a download where it holds that."""
    parts, by = services(request), bearer_name(request)
    _check_reach(request, _scope(body))
    rolled = changed(
        request,
        _scope(body),
        lambda: parts.override_changes.roll_back(body, by),
        shown=lambda made: {"reason": body.reason, "devices": msgspec.to_builtins(made)},
    )
    return documents(RolledBack, rolled)


@routes.post("/roll-back/preview", role="viewer")
def preview_roll_back(
    request: Request, body: Annotated[RollBackPreviewBody, Depends(JsonBody(RollBackPreviewBody))]
) -> list[RolledBack]:
    """To what each of some devices would go back now, in the order in which they are named;
    nothing is changed."""
    changes = services(request).override_changes
    for device in body.devices:
        _check_reach(request, f"device:{device}")
    return documents(RolledBack, [changes.way_back(device) for device in body.devices])


@routes.post("/{number}/end", role="operator")
def end_override(request: Request, number: NumberPath) -> Override:
    """Release those that it concerns; they are decided for anew."""
    parts, by = services(request), bearer_name(request)
    _check_reach(request, parts.store.override(number).scope)
    record = changed(
        request,
        f"override:{number}",
        lambda: parts.override_changes.end(number, by),
        state=lambda: parts.audited.override(number),
    )
    return msgspec.convert(record, Override, from_attributes=True)


def _check_reach(request: Request, scope: str) -> None:
    """Raises NotFoundError where it concerns devices beyond the token's reach."""
    if not reach_of(request).has_scope(scope):
        raise NotFoundError(f"nothing called {scope} is within the token's reach")


def _scope(body: ScopeBody) -> str:
    return f"group:{body.group}" if body.group else f"device:{body.device}"
