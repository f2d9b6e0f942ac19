"""Events as they happen (server-sent events), as a log, and metrics for Prometheus."""

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse
from lamplighter_client.documents import Event
from starlette.concurrency import run_in_threadpool

from lamplighter_controller.api.access import reply, role, services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.services.fleet import rollup
from lamplighter_controller.store.base import EventStore
from lamplighter_controller.wiring import Services

router = APIRouter(tags=["events"])
viewer = Depends(role("viewer"))
POLL_S = 0.5
# Proxies close a connection on which nothing is said.
HEARTBEAT_S = 15.0
BATCH = 500


@router.get("/events/log", dependencies=[viewer])
def event_log(
    request: Request,
    after: int = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 200,
    device: str | None = None,
) -> Response:
    """Events after an id, oldest first; without one, the newest."""
    records = services(request).store.events(device, after=after, limit=limit)
    return reply(documents(Event, records))


@router.get("/events", dependencies=[viewer])
async def events(request: Request, after: int | None = None) -> StreamingResponse:
    """The stream; Last-Event-ID or `after` resumes it where it broke off."""
    start = _start(request, after)
    stream = _stream(request, services(request).store, start)
    return StreamingResponse(
        stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


@router.get("/metrics", dependencies=[viewer])
def metrics(request: Request) -> Response:
    """Figures in Prometheus' text format."""
    text = render_metrics(services(request), request.app.state.counters())
    return Response(text, media_type="text/plain; version=0.0.4")


def render_metrics(parts: Services, counters: dict[str, dict[str, int]]) -> str:
    """Gauges of the fleet, and counters by group and name."""
    figures = rollup(parts.store)
    lines = []
    for name in ("devices", "online", "fps_demand", "fps_served", "power_w", "jobs_running"):
        lines += [
            f"# TYPE lamplighter_{name} gauge",
            f"lamplighter_{name} {getattr(figures, name):g}",
        ]
    lines += [
        "# TYPE lamplighter_worker_depth gauge",
        f"lamplighter_worker_depth {parts.queue.depth}",
    ]
    for group, counts in counters.items():
        lines.append(f"# TYPE lamplighter_{group}_total counter")
        lines += [f'lamplighter_{group}_total{{kind="{k}"}} {v}' for k, v in counts.items()]
    lines.append("# TYPE lamplighter_deployments gauge")
    lines += [
        f'lamplighter_deployments{{outcome="{k}"}} {v}' for k, v in figures.deployments.items()
    ]
    return "\n".join(lines) + "\n"


def _start(request: Request, after: int | None) -> int | None:
    text = request.headers.get("last-event-id")
    if text is None:
        return after
    try:
        return int(text)
    except ValueError as error:
        raise InvalidError(f"Last-Event-ID must be a number, not {text[:40]!r}") from error


async def _stream(request: Request, log: EventStore, after: int | None) -> AsyncIterator[str]:
    if after is None:
        newest = await run_in_threadpool(log.events, None, 0, 1)
        after = newest[-1].id if newest else 0
    yield ": connected\n\n"
    quiet_s = 0.0
    while not await request.is_disconnected():
        # Ids begin at 1, so 0 would mean "the newest": nothing is skipped before there is one.
        records = await run_in_threadpool(log.events, None, after, BATCH)
        for event in documents(Event, records):
            yield _frame(event)
            after = event.id
        quiet_s = 0.0 if records else quiet_s + POLL_S
        if quiet_s >= HEARTBEAT_S:
            quiet_s = 0.0
            yield ": still here\n\n"
        await anyio.sleep(POLL_S)


def _frame(event: Event) -> str:
    return f"id: {event.id}\nevent: {event.kind}\ndata: {msgspec.json.encode(event).decode()}\n\n"
