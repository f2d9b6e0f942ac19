"""Who gets in: tokens for devices and for users of the API, and a device's enrolment."""

from typing import Annotated

from fastapi import Depends, Request
from lamplighter_client.documents import ApiToken, EnrolmentToken
from lamplighter_client.documents.requests import ApiTokenBody, TokenBody
from lamplighter_wire.enrolment import EnrolRequest, EnrolResponse

from lamplighter_controller.api.access import services
from lamplighter_controller.api.parameters import JsonBody
from lamplighter_controller.api.routing import Routes

routes = Routes("enrolment")


@routes.post("/enrol", role="")
def enrol(
    request: Request, body: Annotated[EnrolRequest, Depends(JsonBody(EnrolRequest))]
) -> EnrolResponse:
    """A device's certificate request, authenticated by its token's secret."""
    return services(request).enrolment.enrol(body)


@routes.post("/tokens", role="admin", status=201)
def create_token(
    request: Request, body: Annotated[TokenBody, Depends(JsonBody(TokenBody))]
) -> EnrolmentToken:
    """A one-time enrolment token; its text is shown only here."""
    token, record = services(request).enrolment.create_token(body.device, body.life_s)
    return EnrolmentToken(
        token=str(token), id=record.id, device=record.device, expires_at=record.expires_at
    )


@routes.post("/api-tokens", role="admin", status=201)
def create_api_token(
    request: Request, body: Annotated[ApiTokenBody, Depends(JsonBody(ApiTokenBody))]
) -> ApiToken:
    """A bearer token with a role; its text is shown only here."""
    text = services(request).access.make_token(body.name, body.role)
    return ApiToken(token=text, name=body.name, role=body.role)
