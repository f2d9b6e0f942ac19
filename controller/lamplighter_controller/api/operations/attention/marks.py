"""What operators say of notices: acknowledged, or muted for a while."""

from typing import Annotated

import msgspec
from fastapi import Depends, Path, Query, Request
from lamplighter_client.documents.attention.marks import AttentionMark, MarkBody

from lamplighter_controller.api.access import bearer_name, reach_of, services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import MAX_NUMBER, JsonBody, Limit
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.services.audit.audited_states import MARK, shown

routes = Routes("attention", prefix="/attention/marks", bounds=Bounds.OWN)
NumberPath = Annotated[int, Path(ge=1, le=MAX_NUMBER, description="The mark's number.")]


@routes.get("")
def list_marks(
    request: Request,
    all: Annotated[bool, Query(description="Also those that have ended.")] = False,  # noqa: A002
    limit: Limit = 1000,
) -> list[AttentionMark]:
    """Acknowledgements and mutes, newest first."""
    reach, parts = reach_of(request), services(request)
    open_at = None if all else parts.fleet_rows.wall_time
    kept = [one for one in parts.store.marks(open_at=open_at) if reach.has_named(one.device)]
    return documents(AttentionMark, kept[:limit])


@routes.post("", role="operator", status=201)
def set_mark(
    request: Request, body: Annotated[MarkBody, Depends(JsonBody(MarkBody))]
) -> AttentionMark:
    """Acknowledge a notice until it has gone, or mute notices of a device for a while.

    What is marked is shown, but counts as open neither in the fleet's table nor for webhooks.
    """
    reach_of(request).check(body.device)
    parts, by = services(request), bearer_name(request)
    record = changed(
        request,
        f"device:{body.device}",
        lambda: parts.mark_changes.set(body, by),
        shown=lambda made: shown(made, MARK),
    )
    return msgspec.convert(record, AttentionMark, from_attributes=True)


@routes.post("/{number}/end", role="operator")
def end_mark(request: Request, number: NumberPath) -> AttentionMark:
    """Take it back: what is still wrong counts as open again."""
    parts, by = services(request), bearer_name(request)
    reach_of(request).check(parts.store.mark(number).device)
    record = changed(
        request,
        f"mark:{number}",
        lambda: parts.mark_changes.end(number, by),
        state=lambda: parts.audited.mark(number),
    )
    return msgspec.convert(record, AttentionMark, from_attributes=True)
