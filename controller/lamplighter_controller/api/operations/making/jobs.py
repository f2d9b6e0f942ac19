"""Work of the workshop, begun and ended by operators."""

from typing import Annotated

from fastapi import Path, Request
from lamplighter_client.documents import Job

from lamplighter_controller.api.access import services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.api.audit.changes import ordered
from lamplighter_controller.api.parameters import PRINTABLE
from lamplighter_controller.api.routing import Routes

routes = Routes("jobs")
JobPath = Annotated[
    str, Path(pattern="^[0-9a-f]{1,64}$", description="The job's id, as it is listed.")
]
VariantPath = Annotated[
    str, Path(max_length=200, pattern=PRINTABLE, description="The variant's id, as it is listed.")
]


@routes.get("/jobs/{job}")
def show_job(request: Request, job: JobPath) -> Job:
    """How far a piece of work is."""
    return documents(Job, [services(request).jobs.job(job)])[0]


@routes.post("/jobs/{job}/cancel", role="operator")
def cancel_job(request: Request, job: JobPath) -> Job:
    """End a build, or the work for a site: devices that wait for the build get another variant.

    The answer is as the job was; it ends soon.
    """
    parts = services(request)
    ended = ordered(request, f"job:{job}", lambda: parts.jobs.cancel(job))
    return documents(Job, [ended])[0]


@routes.post("/variants/{variant}/build", role="operator")
def build_variant(request: Request, variant: VariantPath) -> Job:
    """Build a variant for which no device waits; one that is being built already goes on."""
    parts = services(request)
    begun = ordered(request, f"variant:{variant}", lambda: parts.jobs.build(variant))
    return documents(Job, [begun])[0]
