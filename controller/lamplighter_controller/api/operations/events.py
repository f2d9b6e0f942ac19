"""Events: as a log, and as they happen (server-sent events)."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

import anyio
import msgspec
from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from lamplighter_client.documents import Event
from lamplighter_client.printable import one_line
from starlette.concurrency import run_in_threadpool

from lamplighter_controller.api.access import bearer_of, reach_of, services
from lamplighter_controller.api.answers import documents, event_page
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import (
    MAX_NUMBER,
    DeviceQuery,
    EventCursor,
    LastEventId,
    Limit,
)
from lamplighter_controller.api.replies import Page
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.api.within import within
from lamplighter_controller.services.access.reach import Reach
from lamplighter_controller.store.fleet.among import Among
from lamplighter_controller.store.telemetry.stores import EventStore

routes = Routes("events")
POLL_S = 0.5
# Proxies close a connection on which nothing is said.
HEARTBEAT_S = 15.0
BATCH = 500
STREAM = "text/event-stream"


@routes.get("/events/log", bounds=Bounds.OWN)
def list_events(
    request: Request, after: EventCursor = 0, limit: Limit = 200, device: DeviceQuery = None
) -> Page[Event]:
    """Events after an id, oldest first; without one, the newest.

    A token for a site or group sees those of its devices.
    """
    among = _among(request, device)
    records = services(request).store.events(device, after, limit + 1, among)
    return event_page(records, after, limit)


def _among(request: Request, device: str | None) -> Among:
    """Raises NotFoundError: it is about a device beyond reach."""
    if device is None:
        return within(request).devices
    reach_of(request).check(device)
    return None


@routes.get("/events", media_type=STREAM, bounds=Bounds.OWN)
def stream_events(
    request: Request,
    after: Annotated[
        int | None, Query(ge=0, le=MAX_NUMBER, description="Begin after this event's id.")
    ] = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Events as they happen; Last-Event-ID or `after` resumes the stream where it broke off.

    Each is a server-sent event: `id` is its number, `event` its kind, and `data` the document
    `Event` as JSON. Lines that begin with a colon keep the connection open.
    """
    start = after if last_event_id is None else last_event_id
    parts, bearer = services(request), bearer_of(request)
    reach = reach_of(request)
    stream = _stream(request, parts.store, start, lambda: parts.access.knows(bearer), reach)
    return StreamingResponse(stream, media_type=STREAM, headers={"Cache-Control": "no-store"})


async def _stream(
    request: Request,
    log: EventStore,
    after: int | None,
    may_listen: Callable[[], bool],
    reach: Reach,
) -> AsyncIterator[str]:
    """Until the listener goes, or its token is revoked or ends."""
    if after is None:
        newest = await run_in_threadpool(log.events, None, 0, 1)
        after = newest[-1].id if newest else 0
    yield ": connected\n\n"
    quiet_s = 0.0
    while not await request.is_disconnected() and await run_in_threadpool(may_listen):
        # Ids begin at 1, so 0 would mean "the newest": nothing is skipped before there is one.
        records = await run_in_threadpool(log.events, None, after, BATCH)
        for event in documents(Event, records):
            if await run_in_threadpool(reach.has_named, event.device):
                yield _frame(event)
            after = event.id
        quiet_s = 0.0 if records else quiet_s + POLL_S
        if quiet_s >= HEARTBEAT_S:
            quiet_s = 0.0
            yield ": still here\n\n"
        await anyio.sleep(POLL_S)


def _frame(event: Event) -> str:
    kind = one_line(event.kind)  # an end of line in it would begin another field, or another event
    return f"id: {event.id}\nevent: {kind}\ndata: {msgspec.json.encode(event).decode()}\n\n"
