"""Who gets in: tokens for devices and for users of the API, and a device's enrolment."""

from typing import Annotated

import msgspec
from fastapi import Depends, Request
from lamplighter_client.documents import ApiToken, EnrolmentToken
from lamplighter_client.documents.requests import ApiTokenBody, TokenBody
from lamplighter_wire.enrolment import EnrolRequest, EnrolResponse
from lamplighter_wire.https.trust import AuthorityAnswer

from lamplighter_controller.api.access import services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.api.parameters import ApiTokenPath, JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.errors import UnauthorisedError

routes = Routes("enrolment")


@routes.get("/authority", role="")
def show_authority(request: Request) -> AuthorityAnswer:
    """The certificate of the controller's authority, which tokens name by its key's hash.

    Believe it where it has the key that a token names, and nowhere else.
    """
    return AuthorityAnswer(certificate=services(request).access.authority)


@routes.post("/enrol", role="", refusals=(UnauthorisedError,))
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
    text, record = services(request).access.make_recorded(body.name, body.role, body.life_s)
    return msgspec.structs.replace(documents(ApiToken, [record])[0], token=text)


@routes.get("/api-tokens", role="admin")
def list_api_tokens(request: Request) -> list[ApiToken]:
    """Bearer tokens without their text, oldest first."""
    return documents(ApiToken, services(request).access.tokens())


@routes.delete("/api-tokens/{token}", role="admin")
def revoke_api_token(request: Request, token: ApiTokenPath) -> ApiToken:
    """It opens nothing from now on, and what is streamed to it ends."""
    return documents(ApiToken, [services(request).access.revoke(token)])[0]
