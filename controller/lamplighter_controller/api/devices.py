"""Devices: what they are, what they should serve, what they did."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from lamplighter_client.documents import Deployment, Event, PlanAnswer

from lamplighter_controller.api.access import expected_version, reply, role, services
from lamplighter_controller.api.answers import device_document, device_documents, documents
from lamplighter_controller.api.schemas import LabelBody, PlanBody
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.services.device_views import is_ready
from lamplighter_controller.services.projections import plan_document

router = APIRouter(prefix="/devices", tags=["devices"])
viewer = Depends(role("viewer"))
operator = Depends(role("operator"))
admin = Depends(role("admin"))
Limit = Annotated[int, Query(ge=1, le=5000)]
# Answers stay below a few megabytes, and nobody else waits long for one.
PAGE = 500
Page = Annotated[int, Query(ge=1, le=PAGE)]
DeviceId = Annotated[str, Query(max_length=40)]


@router.get("", dependencies=[viewer])
def list_devices(
    request: Request, retired: bool = False, after: DeviceId = "", limit: Page = PAGE
) -> Response:
    """Devices by id, each with its newest window and what is wrong (`attention`).

    A page at a time: where there are more, the header `Link` names the next page (RFC 8288).
    """
    parts = services(request)
    records = parts.store.devices(retired=retired, after=after, limit=limit + 1)
    page = records[:limit]
    response = reply(device_documents(parts, page))
    if len(records) > limit:
        following = request.url.include_query_params(after=page[-1].id)
        response.headers["Link"] = f'<?{following.query}>; rel="next"'
    return response


@router.get("/{device}", dependencies=[viewer])
def show_device(request: Request, device: str) -> Response:
    """One device; the ETag is its version for If-Match."""
    parts = services(request)
    record = parts.store.device(device)
    return reply(device_document(parts, record), version=record.version)


@router.get("/{device}/telemetry", dependencies=[viewer])
def list_telemetry(
    request: Request, device: str, since: float = 0.0, limit: Limit = 120
) -> Response:
    """Telemetry, oldest first: the newest windows, or all from `since` on.

    Where these are more than `limit`, or not kept one by one any more, summaries of five minutes
    or of an hour: `resolution_s` says which.
    """
    parts = services(request)
    parts.store.device(device)
    return reply(parts.telemetry.entries(device, since, limit))


@router.get("/{device}/events", dependencies=[viewer])
def list_device_events(
    request: Request, device: str, after: int = 0, limit: Limit = 200
) -> Response:
    """Events of one device, oldest first."""
    store = services(request).store
    store.device(device)
    return reply(documents(Event, store.events(device, after=after, limit=limit)))


@router.get("/{device}/plans", dependencies=[viewer])
def list_plans(request: Request, device: str, limit: Limit = 50) -> Response:
    """Decisions with reasons and alternatives, newest first."""
    store = services(request).store
    store.device(device)
    # Kept as documents: a plan is answered as it was when it was made.
    return reply(store.plans(device, limit=limit))


@router.get("/{device}/deployments", dependencies=[viewer])
def list_deployments(request: Request, device: str, limit: Limit = 50) -> Response:
    """Revisions of the desired state and what became of them, newest first."""
    store = services(request).store
    store.device(device)
    return reply(documents(Deployment, store.deployments(device, limit=limit)))


@router.post("/{device}/plan", dependencies=[operator])
def make_plan(request: Request, device: str, body: PlanBody) -> Response:
    """Decide now; deploys when the switch rule says so, unless it is a dry run."""
    parts = services(request)
    if not is_ready(parts.store.device(device)):
        raise ConflictError(
            f"{device} has not reported capabilities and probe yet;"
            " start its agent, or wait until it has measured itself"
        )
    if parts.catalogue.is_preparing():
        raise ConflictError(
            "the workshop prepares its networks for the first time; the plan follows in minutes"
        )
    if body.dry_run:
        decision = parts.queue.call(lambda: parts.decisions.plan(device))
    else:
        decision = parts.queue.call(lambda: parts.decisions.consider(device, "operator"))
    if decision is None:
        raise ConflictError(f"a deployment of {device} is under way; the plan follows its end")
    plan = msgspec.structs.asdict(plan_document(decision.plan, decision))
    return reply(PlanAnswer(**plan, deploy=decision.deploy, kind=decision.kind))


@router.post("/{device}/probe", dependencies=[operator])
def probe(request: Request, device: str) -> Response:
    """Let it measure itself again and forget its refusals; the new probe leads to a new plan."""
    parts = services(request)
    return reply(parts.queue.call(lambda: parts.fleet.probe(device)))


@router.post("/{device}/label", dependencies=[operator])
def label(request: Request, device: str, body: LabelBody) -> Response:
    """Set labels, site or objective; If-Match guards against overwriting."""
    parts = services(request)
    version = expected_version(request)
    record = parts.queue.call(
        lambda: parts.fleet.label(
            device,
            version,
            labels=body.labels,
            site=body.site,
            objective=body.objective,
        )
    )
    return reply(device_document(parts, record), version=record.version)


@router.post("/{device}/retire", dependencies=[admin])
def retire(request: Request, device: str) -> Response:
    """No longer heard, no longer told anything; its history stays."""
    parts = services(request)
    version = expected_version(request)
    record = parts.queue.call(lambda: parts.fleet.retire(device, version))
    return reply(device_document(parts, record), version=record.version)
