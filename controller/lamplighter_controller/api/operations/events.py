"""Events: as a log, and as they happen (server-sent events)."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated

import anyio
import msgspec
from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from lamplighter_client.documents import Event
from lamplighter_wire.words.printable import one_line
from starlette.concurrency import run_in_threadpool

from lamplighter_controller.api.access import bearer_of, reach_of, services
from lamplighter_controller.api.answers import documents, event_page
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.event_queries import AskedEvents, AskedHistory
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
from lamplighter_controller.store.telemetry.event_selection import EventSelection
from lamplighter_controller.store.telemetry.stores import EventStore

routes = Routes("events")
POLL_S = 0.5
# Proxies close a connection on which nothing is said.
HEARTBEAT_S = 15.0
BATCH = 500
STREAM = "text/event-stream"


@routes.get("/events/log", bounds=Bounds.OWN)
def list_events(
    request: Request,
    asked: AskedHistory,
    after: EventCursor = 0,
    limit: Limit = 200,
    device: DeviceQuery = None,
) -> Page[Event]:
    """Events after an id, oldest first; without one, the newest, or the newest before another.

    Of all, or of those that words, a severity, a kind and a time leave. A token for a site or group
    sees those of its devices.
    """
    among = _among(request, device)
    records = services(request).store.events(device, after, limit + 1, among, asked)
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
    asked: AskedEvents,
    device: DeviceQuery = None,
    after: Annotated[
        int | None, Query(ge=0, le=MAX_NUMBER, description="Begin after this event's id.")
    ] = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Events as they happen; Last-Event-ID or `after` resumes the stream where it broke off.

    All, or those that words, a severity, a kind and a device leave.

    Each is a server-sent event: `id` is its number, `event` its kind, and `data` the document
    `Event` as JSON. Lines that begin with a colon keep the connection open.
    """
    start = after if last_event_id is None else last_event_id
    parts, bearer = services(request), bearer_of(request)
    reach = reach_of(request)
    if device is not None:
        reach.check(device)
    heard = _Heard(parts.store, device, asked, reach, lambda: parts.access.knows(bearer))
    stream = _stream(request, heard, start)
    return StreamingResponse(stream, media_type=STREAM, headers={"Cache-Control": "no-store"})


@dataclass(frozen=True)
class _Heard:
    """What one listener is told, and for how long.

    Attributes:
        device: of this one only; None: of all.
        may_listen: whether its token still counts.
    """

    log: EventStore
    device: str | None
    asked: EventSelection
    reach: Reach
    may_listen: Callable[[], bool]

    def newest(self) -> int:
        """The id of the newest event; 0: there is none."""
        records = self.log.events(None, 0, 1)
        return records[-1].id if records else 0

    def batch(self, after: int) -> tuple[list[Event], int]:
        """Events that it may see behind an id, and the id to go on behind.

        What nothing was found in is not looked through again.
        """
        newest = self.newest()
        records = self.log.events(self.device, after, BATCH, None, self.asked)
        seen = [one for one in documents(Event, records) if self.reach.has_named(one.device)]
        last = records[-1].id if records else 0
        return seen, last if len(records) == BATCH else max(after, last, newest)


async def _stream(request: Request, heard: _Heard, after: int | None) -> AsyncIterator[str]:
    """Until the listener goes, or its token is revoked or ends."""
    behind = await run_in_threadpool(heard.newest) if after is None else after
    yield ": connected\n\n"
    quiet_s = 0.0
    while not await request.is_disconnected() and await run_in_threadpool(heard.may_listen):
        # Ids begin at 1, so 0 would mean "the newest": nothing is skipped before there is one.
        events, behind = await run_in_threadpool(heard.batch, behind)
        for event in events:
            yield _frame(event)
        quiet_s = 0.0 if events else quiet_s + POLL_S
        if quiet_s >= HEARTBEAT_S:
            quiet_s = 0.0
            yield ": still here\n\n"
        await anyio.sleep(POLL_S)


def _frame(event: Event) -> str:
    kind = one_line(event.kind)  # an end of line in it would begin another field, or another event
    return f"id: {event.id}\nevent: {kind}\ndata: {msgspec.json.encode(event).decode()}\n\n"
