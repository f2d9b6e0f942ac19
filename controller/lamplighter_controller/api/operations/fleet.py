"""The fleet at a glance: figures, jobs, answers to shifts and breaches, metrics."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from lamplighter_client.documents import Health, Job, Recompression, Rollup
from lamplighter_client.printable import one_line
from lamplighter_wire import __version__
from lamplighter_wire.enums import AnswerKind

from lamplighter_controller.api.access import reach_of, services
from lamplighter_controller.api.answers import page_of
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor
from lamplighter_controller.api.parameters import DeviceQuery, Limit
from lamplighter_controller.api.replies import Page
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.services.fleet import rollup
from lamplighter_controller.wiring.parts import Services

routes = Routes("fleet")
CHANGED_NOTHING = ("", AnswerKind.NONE)


@routes.get("/health", role="")
def show_health(request: Request) -> Health:  # noqa: ARG001 - as all operations
    """Whether the API answers; needs no token."""
    return Health(status="ok", version=__version__)


@routes.get("/jobs")
def list_jobs(
    request: Request,
    after: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 100,
) -> Page[Job]:
    """Builds with their progress, newest first."""
    jobs = services(request).store.jobs(limit + 1, read_cursor(after, tuple[float, str]))
    return page_of(Job, jobs, limit, lambda job: (job.created_at, job.id))


@routes.get("/recompressions", bounds=Bounds.OWN)
def list_recompressions(
    request: Request,
    device: DeviceQuery = None,
    all: Annotated[bool, Query(description="Also those that changed nothing.")] = False,  # noqa: A002
    after: Cursor = "",
    limit: Limit = 1000,
) -> Page[Recompression]:
    """Answers to shifts and breaches with their clocks; `all` adds those that changed nothing."""
    reach_of(request).check(device)
    records = services(request).store.recompressions(
        device,
        after=read_cursor(after, int) or 0,
        limit=limit + 1,
        without=() if all else CHANGED_NOTHING,
    )
    return page_of(Recompression, records, limit, lambda record: record.id)


@routes.get("/rollup")
def show_rollup(request: Request) -> Rollup:
    """The fleet in a few figures."""
    return rollup(services(request).store)


@routes.get("/metrics", media_type="text/plain")
def show_metrics(request: Request) -> Response:
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
        "# TYPE lamplighter_lane_depth gauge",
        *(
            f'lamplighter_lane_depth{{lane="{_label(lane)}"}} {depth}'
            for lane, depth in parts.queue.depths().items()
        ),
    ]
    for group, counts in counters.items():
        lines.append(f"# TYPE lamplighter_{group}_total counter")
        lines += [f'lamplighter_{group}_total{{kind="{_label(k)}"}} {v}' for k, v in counts.items()]
    lines.append("# TYPE lamplighter_deployments gauge")
    lines += [
        f'lamplighter_deployments{{outcome="{_label(k)}"}} {v}'
        for k, v in figures.deployments.items()
    ]
    return "\n".join(lines) + "\n"


def _label(value: str) -> str:
    """As Prometheus' text format wants the value of a label."""
    return one_line(value).replace("\\", r"\\").replace('"', r"\"")
