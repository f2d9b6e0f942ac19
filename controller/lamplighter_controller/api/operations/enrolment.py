"""Who gets in: tokens for devices and for users of the API, and a device's enrolment."""

from typing import Annotated

import msgspec
from fastapi import Depends, Request
from lamplighter_client.documents import ApiToken, AuthorityRotation, EnrolmentToken
from lamplighter_client.documents.requests import (
    ApiTokenBody,
    CodeBody,
    RotationBody,
    TokenBody,
)
from lamplighter_wire.enrolment import EnrolRequest, EnrolResponse
from lamplighter_wire.https.trust import AuthorityAnswer

from lamplighter_controller.api.access import address_of, reach_of, services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.api.audit.changes import changed, ordered
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import ApiTokenPath, EnrolmentTokenPath, JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.errors import TooManyError, UnauthorisedError
from lamplighter_controller.services.access.reach import GROUP
from lamplighter_controller.services.audit.audited_states import API_TOKEN, ENROL_TOKEN, shown
from lamplighter_controller.store.records import TokenRecord
from lamplighter_controller.wiring.parts import Services

routes = Routes("enrolment")


@routes.get("/authority", role="")
def show_authority(request: Request) -> AuthorityAnswer:
    """The certificate of the controller's authority, which tokens name by its key's hash.

    Believe it where it has the key that a token names, and nowhere else.
    """
    return AuthorityAnswer(certificate=services(request).access.authority)


@routes.get("/authority/rotation")
def show_rotation(request: Request) -> AuthorityRotation:
    """Whether another authority takes the present one's place, and who has not followed yet."""
    return _rotation(services(request))


@routes.post("/authority/rotate", role="admin")
def rotate_authority(request: Request) -> AuthorityRotation:
    """Make another authority, whose certificates count beside; devices are told."""
    parts = services(request)
    ordered(request, "authority", parts.rotations.rotate)
    return _rotation(parts)


@routes.post("/authority/switch", role="admin")
def switch_authority(
    request: Request, body: Annotated[RotationBody, Depends(JsonBody(RotationBody))]
) -> AuthorityRotation:
    """Let the other authority sign, once all devices know it; they renew their certificates."""
    parts, leave = services(request), body.leave_behind
    asked = {"leave_behind": leave}
    ordered(request, "authority", lambda: parts.rotations.switch(leave_behind=leave), asked)
    return _rotation(parts)


@routes.post("/authority/finish", role="admin")
def finish_rotation(
    request: Request, body: Annotated[RotationBody, Depends(JsonBody(RotationBody))]
) -> AuthorityRotation:
    """End the old authority, once no device has its certificate; its key is deleted."""
    parts, leave = services(request), body.leave_behind
    asked = {"leave_behind": leave}
    ordered(request, "authority", lambda: parts.rotations.finish(leave_behind=leave), asked)
    return _rotation(parts)


def _rotation(parts: Services) -> AuthorityRotation:
    return msgspec.convert(parts.rotations.standing(), AuthorityRotation, from_attributes=True)


@routes.post("/enrol", role="", refusals=(UnauthorisedError, TooManyError))
def enrol(
    request: Request, body: Annotated[EnrolRequest, Depends(JsonBody(EnrolRequest))]
) -> EnrolResponse:
    """A device's certificate request, authenticated by its token's secret."""
    parts, address = services(request), address_of(request)
    parts.enrolments.check(address, body.id)
    try:
        return parts.enrolment.enrol(body, address)
    except UnauthorisedError:
        parts.enrolments.note_failure(address)
        raise


@routes.post("/tokens", role="admin", status=201, bounds=Bounds.OWN)
def create_token(
    request: Request, body: Annotated[TokenBody, Depends(JsonBody(TokenBody))]
) -> EnrolmentToken:
    """A one-time enrolment token; its text is shown only here."""
    parts = services(request)
    reach_of(request).check(body.device)
    token, record = changed(
        request,
        f"device:{body.device}",
        lambda: parts.joining.tokens.create(body.device, body.life_s),
        shown=lambda made: shown(made[1], ENROL_TOKEN),
    )
    return _with_text(record, str(token))


@routes.post("/codes", role="admin", status=201)
def create_code(
    request: Request, body: Annotated[CodeBody, Depends(JsonBody(CodeBody))]
) -> EnrolmentToken:
    """A short code that a technician types at the device within five minutes."""
    parts = services(request)
    code, record = changed(
        request,
        f"device:{body.device}",
        lambda: parts.joining.tokens.create_code(body.device),
        shown=lambda made: shown(made[1], ENROL_TOKEN),
    )
    return _with_text(record, code)


@routes.get("/tokens", role="admin")
def list_tokens(request: Request) -> list[EnrolmentToken]:
    """Enrolment tokens and codes without their text, oldest first."""
    return documents(EnrolmentToken, services(request).joining.tokens.all())


@routes.delete("/tokens/{token}", role="admin")
def revoke_token(request: Request, token: EnrolmentTokenPath) -> EnrolmentToken:
    """Nobody enrols with it from now on; who has stays in."""
    parts = services(request)
    revoked = changed(
        request,
        f"token:{token}",
        lambda: parts.joining.tokens.revoke(token),
        state=lambda: parts.audited.enrol_token(token),
    )
    return documents(EnrolmentToken, [revoked])[0]


@routes.post("/api-tokens", role="admin", status=201)
def create_api_token(
    request: Request, body: Annotated[ApiTokenBody, Depends(JsonBody(ApiTokenBody))]
) -> ApiToken:
    """A bearer token with a role; its text is shown only here."""
    parts = services(request)
    if body.scope.startswith(GROUP):
        parts.store.group(body.scope.removeprefix(GROUP))  # it must be there
    text, record = changed(
        request,
        f"api-token:{body.name}",
        lambda: parts.access.make_recorded(body.name, body.role, body.life_s, body.scope),
        shown=lambda made: shown(made[1], API_TOKEN),
    )
    return msgspec.structs.replace(documents(ApiToken, [record])[0], token=text)


@routes.get("/api-tokens", role="admin")
def list_api_tokens(request: Request) -> list[ApiToken]:
    """Bearer tokens without their text, oldest first."""
    return documents(ApiToken, services(request).access.tokens())


@routes.delete("/api-tokens/{token}", role="admin")
def revoke_api_token(request: Request, token: ApiTokenPath) -> ApiToken:
    """It opens nothing from now on, and what is streamed to it ends."""
    parts = services(request)
    revoked = changed(
        request,
        f"api-token:{token}",
        lambda: parts.access.revoke(token),
        state=lambda: parts.audited.api_token(token),
    )
    return documents(ApiToken, [revoked])[0]


def _with_text(record: TokenRecord, text: str) -> EnrolmentToken:
    return msgspec.structs.replace(documents(EnrolmentToken, [record])[0], token=text)
