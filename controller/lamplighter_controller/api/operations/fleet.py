"""The fleet at a glance: figures, jobs, answers to shifts and breaches, metrics."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from lamplighter_client.documents import Health, Job, Recompression, Rollup
from lamplighter_wire import __version__
from lamplighter_wire.enums import AnswerKind

from lamplighter_controller.api.access import reach_of, services
from lamplighter_controller.api.answers import page_of
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor
from lamplighter_controller.api.metrics.exposition import CONTENT_TYPE, Exposition
from lamplighter_controller.api.parameters import DeviceQuery, Limit
from lamplighter_controller.api.replies import Page
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.api.within import some_of, within
from lamplighter_controller.services.fleet import rollup
from lamplighter_controller.store.records import JobRecord

routes = Routes("fleet")
CHANGED_NOTHING = ("", AnswerKind.NONE)


@routes.get("/health", role="")
def show_health(request: Request) -> Health:  # noqa: ARG001 - as all operations
    """Whether the API answers; needs no token."""
    return Health(status="ok", version=__version__)


@routes.get("/jobs", bounds=Bounds.OWN)
def list_jobs(
    request: Request,
    after: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 100,
) -> Page[Job]:
    """Builds with their progress, newest first.

    A token for a site or group sees none that are for another site.
    """
    parts, place = services(request), read_cursor(after, tuple[float, str])
    seen = within(request)
    if seen.is_whole:
        jobs = parts.store.jobs(limit + 1, place)
    else:
        is_shown = seen.shows_job(parts.catalogue.specs)
        jobs = some_of(
            lambda after, count: parts.store.jobs(count, after), _place, is_shown, place, limit + 1
        )
    return page_of(Job, jobs, limit, _place)


def _place(job: JobRecord) -> tuple[float, str]:
    return job.created_at, job.id


@routes.get("/recompressions", bounds=Bounds.OWN)
def list_recompressions(
    request: Request,
    device: DeviceQuery = None,
    all: Annotated[bool, Query(description="Also those that changed nothing.")] = False,  # noqa: A002
    after: Cursor = "",
    limit: Limit = 1000,
) -> Page[Recompression]:
    """Answers to shifts and breaches with their clocks; `all` adds those that changed nothing.

    A token for a site or group sees those of its devices.
    """
    if device is not None:
        reach_of(request).check(device)
    records = services(request).store.recompressions(
        device,
        after=read_cursor(after, int) or 0,
        limit=limit + 1,
        without=() if all else CHANGED_NOTHING,
        among=None if device is not None else within(request).devices,
    )
    return page_of(Recompression, records, limit, lambda record: record.id)


@routes.get("/rollup", bounds=Bounds.OWN)
def show_rollup(request: Request) -> Rollup:
    """The fleet in a few figures, or what a token for a site or group sees of it."""
    parts, seen = services(request), within(request)
    return rollup(parts.store, seen.devices, seen.shows_job(parts.catalogue.specs))


@routes.get("/metrics", media_type="text/plain")
def show_metrics(request: Request) -> Response:
    """Figures in Prometheus' text format, of the fleet and of each device."""
    exposition: Exposition = request.app.state.exposition
    return Response(exposition.text(), media_type=CONTENT_TYPE)
