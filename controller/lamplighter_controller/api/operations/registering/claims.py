"""Devices that ask to come in, and what operators say to that."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Path, Request
from lamplighter_client.documents import Claim, ClaimWindow
from lamplighter_client.documents.registering.registrations import AcceptBody, ClaimWindowBody
from lamplighter_wire.joining.claims import ClaimAnswer, ClaimRequest
from msgspec import UNSET

from lamplighter_controller.api.access import address_of, bearer_name, services
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.parameters import JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.errors import ConflictError, TooManyError
from lamplighter_controller.services.audit.audited_states import CLAIM, shown
from lamplighter_controller.services.registering.claims import id_of
from lamplighter_controller.store.registering.records import ClaimRecord

routes = Routes("claims", prefix="/claims")
ClaimPath = Annotated[
    str, Path(pattern="^[0-9a-f]{12}$", description="The claim's id, as it is listed.")
]


@routes.post("", role="", refusals=(ConflictError, TooManyError))
def claim(
    request: Request, body: Annotated[ClaimRequest, Depends(JsonBody(ClaimRequest))]
) -> ClaimAnswer:
    """A device without a token asks to come in, and asks again until it is decided on.

    Nothing here says who it is: that is for the operator, by the fingerprint that both sides show.
    """
    return services(request).claims.claim(body, address_of(request))


@routes.get("", role="operator")
def list_claims(request: Request) -> list[Claim]:
    """Who asks to come in, and who was accepted or rejected lately; oldest first."""
    return [_document(*one) for one in services(request).claims.all()]


@routes.get("/window", role="operator")
def show_claim_window(request: Request) -> ClaimWindow:
    """Until when new claims are taken."""
    return ClaimWindow(until=services(request).claims.open_until())


@routes.post("/window", role="admin")
def open_claims(
    request: Request, body: Annotated[ClaimWindowBody, Depends(JsonBody(ClaimWindowBody))]
) -> ClaimWindow:
    """Take new claims for so long, until a restart at most; 0: no longer."""
    parts, by = services(request), bearer_name(request)
    until = changed(
        request,
        "claims",
        lambda: parts.claims.open(body.life_s, by),
        shown=lambda until: {"until": until},
    )
    return ClaimWindow(until=until)


@routes.post("/{claim}/accept", role="admin")
def accept_claim(
    request: Request,
    claim: ClaimPath,
    body: Annotated[AcceptBody, Depends(JsonBody(AcceptBody))],
) -> Claim:
    """Let a device in, as what is said here or registered. Compare the fingerprints before."""
    parts, by = services(request), bearer_name(request)
    site = None if body.site is UNSET else body.site
    labels = None if body.labels is UNSET else body.labels
    return _decided(request, claim, lambda: parts.claims.accept(claim, by, site, labels))


@routes.post("/{claim}/reject", role="admin")
def reject_claim(request: Request, claim: ClaimPath) -> Claim:
    """Keep a device out."""
    parts, by = services(request), bearer_name(request)
    return _decided(request, claim, lambda: parts.claims.reject(claim, by))


def _decided(request: Request, claim: str, decide: Callable[[], ClaimRecord]) -> Claim:
    record = changed(request, f"claim:{claim}", decide, shown=lambda done: shown(done, CLAIM))
    return _document(record)


def _document(record: ClaimRecord, fingerprint: str = "") -> Claim:
    return Claim(
        id=id_of(record),
        device=record.device,
        fingerprint=fingerprint,
        source=record.source,
        state=record.state,
        first_at=record.first_at,
        last_at=record.last_at,
        decided_at=record.decided_at,
        by=record.by,
    )
