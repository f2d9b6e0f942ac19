"""The key that orders and manifests are signed with, and another in its place."""

from typing import Annotated

import msgspec
from fastapi import Depends, Query, Request
from lamplighter_client.documents import SigningKeyRotation
from lamplighter_client.documents.requests import RotationBody
from lamplighter_wire.messages import Envelope

from lamplighter_controller.api.access import services
from lamplighter_controller.api.audit.changes import ordered
from lamplighter_controller.api.parameters import JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.wiring.parts import Services

routes = Routes("enrolment")
SUBJECT = "signing-key"


@routes.get("/time", role="")
def tell_time(
    request: Request,
    nonce: Annotated[str, Query(pattern="^[0-9a-f]{16,64}$", description="Chosen by who asks.")],
) -> Envelope:
    """What time it is, signed: for a device whose clock nobody has set, before it is online."""
    return services(request).signing.tell_time(nonce)


@routes.get("/signing-key/rotation")
def show_signing_rotation(request: Request) -> SigningKeyRotation:
    """Whether another key takes the present one's place, and who does not believe it yet."""
    return _standing(services(request))


@routes.post("/signing-key/rotate", role="admin")
def rotate_signing_key(request: Request) -> SigningKeyRotation:
    """Make another key, which counts beside at once; devices are told."""
    parts = services(request)
    ordered(request, SUBJECT, parts.signing.rotate)
    return _standing(parts)


@routes.post("/signing-key/switch", role="admin")
def switch_signing_key(
    request: Request, body: Annotated[RotationBody, Depends(JsonBody(RotationBody))]
) -> SigningKeyRotation:
    """Let the other key sign, once all devices believe it; orders are signed anew."""
    parts, leave = services(request), body.leave_behind
    asked = {"leave_behind": leave}
    ordered(request, SUBJECT, lambda: parts.signing.switch(leave_behind=leave), asked)
    return _standing(parts)


@routes.post("/signing-key/finish", role="admin")
def finish_signing_key(
    request: Request, body: Annotated[RotationBody, Depends(JsonBody(RotationBody))]
) -> SigningKeyRotation:
    """Let the old key count no longer; it is deleted."""
    parts, leave = services(request), body.leave_behind
    asked = {"leave_behind": leave}
    ordered(request, SUBJECT, lambda: parts.signing.finish(leave_behind=leave), asked)
    return _standing(parts)


def _standing(parts: Services) -> SigningKeyRotation:
    return msgspec.convert(parts.signing.standing(), SigningKeyRotation, from_attributes=True)
