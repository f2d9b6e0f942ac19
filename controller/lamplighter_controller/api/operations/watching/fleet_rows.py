"""The fleet as a table, and what changes in it."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated

from fastapi import Header, Query, Request
from fastapi.responses import StreamingResponse
from lamplighter_client.documents import FieldError
from lamplighter_client.documents.fleet.fleet_rows import FleetPage
from lamplighter_client.streaming.row_order import RowOrder, SortValue
from starlette.concurrency import run_in_threadpool

from lamplighter_controller.api.access import SCOPE, bearer_of, services
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor, write_cursor
from lamplighter_controller.api.operations.watching.row_stream import RowStream
from lamplighter_controller.api.parameters import PRINTABLE
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.services.fleet_rows.row_filter import RowFilter, row_filter
from lamplighter_controller.wiring.parts import Services

routes = Routes("fleet", prefix="/fleet", bounds=Bounds.OWN)
STREAM = "text/event-stream"
MAX_ROWS = 2000
MARK = r"^[0-9a-f]{8}\.[0-9]{1,18}$"

RowQuery = Annotated[
    str,
    Query(
        max_length=1000,
        pattern=PRINTABLE,
        description="Of these devices only, as groups name theirs: `site=north and not serving`.",
    ),
]
RowSort = Annotated[
    str,
    Query(
        pattern=f"^-?({'|'.join(RowOrder)})$",
        description="What the rows are sorted by; `-` before it: downwards.",
    ),
]
Since = Annotated[
    str | None,
    Query(pattern=MARK, description="Begin with what changed since this cursor of the table."),
]
LastId = Annotated[
    str | None, Header(alias="Last-Event-ID", pattern=MARK, description="Where it broke off.")
]


@routes.get("/rows")
def list_fleet_rows(
    request: Request,
    query: RowQuery = "",
    sort: RowSort = RowOrder.HEALTH,
    after: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS, description="At most so many.")] = 200,
) -> FleetPage:
    """A row of figures for each device, worst first unless it is sorted otherwise.

    `after` of the page asks for the next one. A device whose place changes meanwhile may be missed
    or come twice: `/fleet/changes` from the first page's `cursor` on makes good for it.
    """
    parts = services(request)
    page = parts.fleet_rows.page(
        _filter(request, parts, query),
        RowOrder(sort.removeprefix("-")),
        descending=sort.startswith("-"),
        after=_place(after),
        limit=limit,
    )
    return FleetPage(
        rows=page.rows,
        matched=page.matched,
        devices=page.devices,
        at=parts.fleet_rows.wall_time,
        cursor=f"{parts.fleet_rows.run}.{page.mark}",
        after=write_cursor(page.end) if page.end else "",
    )


@routes.get("/changes", media_type=STREAM)
def stream_fleet_changes(
    request: Request,
    query: RowQuery = "",
    after: Since = None,
    every_s: Annotated[
        float, Query(ge=0.2, le=60, allow_inf_nan=False, description="Tell at most so often.")
    ] = 1.0,
    last_event_id: LastId = None,
) -> StreamingResponse:
    """Rows that change, as they change; Last-Event-ID or `after` resumes where it broke off.

    Each is a server-sent event of the kind `changes`, whose `data` is the document `FleetChanges`
    as JSON and whose `id` is a cursor. A device that changes several times between two of them is
    told of once. Where the cursor is not known any more `reset` is true: read the table anew.
    """
    parts, bearer = services(request), bearer_of(request)
    wanted = partial(_filter, request, parts, query)
    stream = RowStream(parts.fleet_rows, wanted, every_s, last_event_id or after or "")
    events = _while_heard(request, stream, lambda: parts.access.knows(bearer))
    return StreamingResponse(events, media_type=STREAM, headers={"Cache-Control": "no-store"})


async def _while_heard(
    request: Request, stream: RowStream, may_listen: Callable[[], bool]
) -> AsyncIterator[str]:
    """Until the listener goes, or its token is revoked or ends."""
    yield ": connected\n\n"
    while not await request.is_disconnected() and await run_in_threadpool(may_listen):
        if text := await run_in_threadpool(stream.next):
            yield text
        await stream.pause()


def _filter(request: Request, parts: Services, query: str) -> RowFilter:
    scope: str = getattr(request.state, SCOPE, "")
    return row_filter(query, scope, lambda name: parts.store.group(name).query)


def _place(after: str) -> tuple[SortValue, str] | None:
    place = read_cursor(after, tuple[SortValue, str])
    if place is not None and not place[1]:
        detail = "take it as it stands in the field `after` of the page before"
        raise InvalidError.of([FieldError(field="query.after", detail=detail)])
    return place
