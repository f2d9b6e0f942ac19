"""Devices: what they are, what they should serve, what they did."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import Depends, Query, Request
from lamplighter_client.documents import (
    Deployment,
    Device,
    Event,
    Explanation,
    ExplanationLink,
    PlanAnswer,
    PlanEntry,
    TelemetryEntry,
)
from lamplighter_client.documents.requests import LabelBody, PlanBody, RevokeBody
from lamplighter_wire.messages import Command

from lamplighter_controller.api.access import reach_of, services
from lamplighter_controller.api.answers import (
    device_document,
    device_documents,
    documents,
    event_page,
    page_of,
)
from lamplighter_controller.api.audit.changes import changed, ordered
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor, write_cursor
from lamplighter_controller.api.event_queries import AskedHistory
from lamplighter_controller.api.parameters import (
    MAX_SECONDS,
    PRINTABLE,
    DevicePath,
    EventCursor,
    IfMatch,
    JsonBody,
    Limit,
    Since,
    StreamQuery,
    Until,
    expected_version,
)
from lamplighter_controller.api.replies import Page, Versioned
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.domain.selection.device_selection import DeviceOrder, Position
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.services.access.reach import Reach
from lamplighter_controller.services.decisions.plan_previews import PlanPreview
from lamplighter_controller.services.device_views import is_ready
from lamplighter_controller.services.projections import plan_document
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.wiring.parts import Services

routes = Routes("devices", prefix="/devices", bounds=Bounds.DEVICE)
# Answers stay below a few megabytes, and nobody else waits long for one.
PAGE, MAX_PAGE = 100, 500
PageLimit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="At most so many.")]
DeviceFilter = Annotated[
    str,
    Query(
        max_length=1000,
        pattern=PRINTABLE,
        description=(
            "Requirements that must all hold, such as `group=gate,state=online,seen<5m`: see the"
            " page on the API."
        ),
    ),
]
DeviceSort = Annotated[
    str,
    Query(
        pattern=f"^-?({'|'.join(DeviceOrder)})$",
        description="What the list is sorted by; `-` before it: downwards.",
    ),
]


@routes.get("", bounds=Bounds.OWN)
def list_devices(
    request: Request,
    filter: DeviceFilter = "",  # noqa: A002 - the query's name
    sort: DeviceSort = "id",
    retired: Annotated[bool, Query(description="Retired devices too.")] = False,
    retired_only: Annotated[bool, Query(description="Retired devices alone.")] = False,
    after: Cursor = "",
    limit: PageLimit = PAGE,
) -> Page[Device]:
    """Devices, each with its newest window and what is wrong (`attention`).

    A page at a time; a token for a site or group sees its devices only. Where there are more, the
    header `Link` names the next page (RFC 8288). A device that is enrolled meanwhile moves no other
    to another page. Sorted by id, a cursor is the id behind which the page begins.
    """
    parts, by_id = services(request), sort in ("id", "-id")
    place = _id_position(after) if by_id else read_cursor(after, Position)
    page = parts.listing.page(
        filter,
        sort,
        after=place,
        limit=limit,
        retired=retired,
        retired_only=retired_only,
        reach=reach_of(request),
    )
    return Page(device_documents(parts, page.devices), _following(page.end, by_id))


def _id_position(after: str) -> Position | None:
    return Position(after, after) if after else None


def _following(end: Position | None, by_id: bool) -> str | None:
    if end is None:
        return None
    return end.device if by_id else write_cursor(end)


@routes.get("/{device}")
def show_device(request: Request, device: DevicePath) -> Versioned[Device]:
    """One device; the ETag is its version for If-Match."""
    parts = services(request)
    record = parts.store.device(device)
    return Versioned(device_document(parts, record), record.version)


@routes.get("/{device}/explanation")
def explain_device(
    request: Request,
    device: DevicePath,
    at: Annotated[
        float,
        Query(ge=0, le=MAX_SECONDS, allow_inf_nan=False, description="Wall-clock second; 0: now."),
    ] = 0.0,
) -> Explanation:
    """How it came to serve what it served then: from telemetry and rule to plan, approver, recipe,
    build, signature, bytes and trial. Of what is not known, a link says so."""
    explained = services(request).explanations.explain(device, at)
    return Explanation(
        device=explained.device,
        at=explained.at,
        variant=explained.variant,
        links=documents(ExplanationLink, explained.links),
    )


@routes.get("/{device}/telemetry")
def list_telemetry(
    request: Request,
    device: DevicePath,
    since: Since = 0.0,
    limit: Limit = 120,
    stream: StreamQuery = None,
    until: Until = 0.0,
) -> list[TelemetryEntry]:
    """Telemetry, oldest first: the newest windows, or all from `since` on; of those that begin
    before `until`, where that is given.

    Where these are more than `limit`, or not kept one by one any more, summaries of five minutes
    or of an hour: `resolution_s` says which. Of all streams of the device, or of one.
    """
    parts = services(request)
    parts.store.device(device)
    return parts.telemetry.entries(device, since, limit, stream, until or None)


@routes.get("/{device}/events")
def list_device_events(
    request: Request,
    device: DevicePath,
    asked: AskedHistory,
    after: EventCursor = 0,
    limit: Limit = 200,
) -> Page[Event]:
    """Events of one device, oldest first: after an id, or the newest; of all, or of those that
    words, a severity, a kind and a time leave."""
    store = services(request).store
    store.device(device)
    return event_page(store.events(device, after, limit + 1, None, asked), after, limit)


@routes.get("/{device}/plans")
def list_plans(
    request: Request, device: DevicePath, after: Cursor = "", limit: Limit = 50
) -> Page[PlanEntry]:
    """Decisions with reasons and alternatives, newest first."""
    store = services(request).store
    store.device(device)
    plans = store.plans(device, limit + 1, read_cursor(after, int))
    return page_of(PlanEntry, plans, limit, lambda plan: plan.id)


@routes.get("/{device}/deployments")
def list_deployments(
    request: Request,
    device: DevicePath,
    after: Cursor = "",
    limit: Limit = 50,
    since: Since = 0.0,
    until: Until = 0.0,
) -> Page[Deployment]:
    """Revisions of the desired state and what became of them, newest first; of all, or of those
    that were ordered in a time."""
    store = services(request).store
    store.device(device)
    deployments = store.deployments(device, limit + 1, read_cursor(after, int), since, until)
    return page_of(Deployment, deployments, limit, lambda deployment: deployment.revision)


@routes.post("/{device}/plan", role="operator")
def make_plan(
    request: Request, device: DevicePath, body: Annotated[PlanBody, Depends(JsonBody(PlanBody))]
) -> PlanAnswer:
    """Decide now, and act on it: build, send, or keep it until it may go. A dry run says what that
    would come to."""
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
    previews = parts.plan_previews
    if body.dry_run:
        found = parts.queue.call(lambda: previews.foresee(device))
    else:
        found = changed(
            request,
            f"device:{device}",
            lambda: previews.act(device, "operator"),
            state=lambda: parts.audited.device(device),
        )
    if found is None:
        raise ConflictError(f"a deployment of {device} is under way; the plan follows its end")
    return _plan_answer(found)


def _plan_answer(found: PlanPreview) -> PlanAnswer:
    decision = found.decision
    plan = msgspec.structs.asdict(plan_document(decision.plan, decision))
    return PlanAnswer(
        **plan,
        deploy=decision.deploy,
        kind=decision.kind,
        follows=found.step,
        held=found.held,
        until=found.until,
    )


@routes.post("/{device}/probe", role="operator")
def probe_device(request: Request, device: DevicePath) -> Command:
    """Let it measure itself again and forget its refusals; the new probe leads to a new plan."""
    parts = services(request)
    return ordered(request, f"device:{device}", lambda: parts.fleet.probe(device))


@routes.post("/{device}/renew", role="operator")
def renew_certificate(request: Request, device: DevicePath) -> Command:
    """Let it make a new key and get a certificate for it, as it does by itself before the old one
    ends. Of two machines with its identity, the one that spoke last gets it, the other is refused.
    """
    parts = services(request)
    return ordered(request, f"device:{device}", lambda: parts.renewals.order_by_hand(device))


@routes.post("/{device}/label", role="operator")
def label_device(
    request: Request,
    device: DevicePath,
    body: Annotated[LabelBody, Depends(JsonBody(LabelBody))],
    if_match: IfMatch = "*",
) -> Versioned[Device]:
    """Set labels, site or objective; If-Match guards against overwriting."""
    parts, reach = services(request), reach_of(request)
    version = expected_version(if_match)
    return _changed(request, device, lambda: _labelled(parts, reach, device, version, body))


def _labelled(
    parts: Services, reach: Reach, device: str, version: int | None, body: LabelBody
) -> DeviceRecord:
    record = parts.fleet.label(device, version, body)
    reach.check_stays(record)
    return record


@routes.post("/{device}/retire", role="admin")
def retire_device(
    request: Request, device: DevicePath, if_match: IfMatch = "*"
) -> Versioned[Device]:
    """No longer heard, no longer told anything; its history stays, and it can be undone."""
    parts = services(request)
    version = expected_version(if_match)
    return _changed(request, device, lambda: parts.retirements.retire(device, version))


@routes.post("/{device}/revoke", role="admin")
def revoke_device(
    request: Request,
    device: DevicePath,
    body: Annotated[RevokeBody, Depends(JsonBody(RevokeBody))],
    if_match: IfMatch = "*",
) -> Versioned[Device]:
    """As one that was stolen: out at once, and its certificates never count again."""
    parts, version = services(request), expected_version(if_match)
    return _changed(request, device, lambda: parts.retirements.revoke(device, version, body.reason))


@routes.post("/{device}/restore", role="admin")
def restore_device(
    request: Request, device: DevicePath, if_match: IfMatch = "*"
) -> Versioned[Device]:
    """Undo a retirement, until the name is released."""
    parts, version = services(request), expected_version(if_match)
    return _changed(request, device, lambda: parts.retirements.restore(device, version))


@routes.post("/{device}/release", role="admin")
def release_device(
    request: Request, device: DevicePath, if_match: IfMatch = "*"
) -> Versioned[Device]:
    """Free the name of a retired device for another; its history stays under it."""
    parts, version = services(request), expected_version(if_match)
    return _changed(request, device, lambda: parts.retirements.release(device, version))


def _changed(
    request: Request, device: str, change: Callable[[], DeviceRecord]
) -> Versioned[Device]:
    """Change a device, with an entry in the audit log of what it was before and after."""
    parts = services(request)
    record = changed(
        request, f"device:{device}", change, state=lambda: parts.audited.device(device)
    )
    return Versioned(device_document(parts, record), record.version)
