"""Tokens, catalogue, jobs, answers and the fleet at a glance."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from lamplighter_client.documents import (
    ApiToken,
    EnrolmentToken,
    Job,
    Recompression,
    Variant,
)
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enrolment import EnrolRequest
from lamplighter_wire.enums import AnswerKind
from starlette.concurrency import run_in_threadpool

from lamplighter_controller.api.access import reply, role, services
from lamplighter_controller.api.answers import documents, models_of
from lamplighter_controller.api.schemas import ApiTokenBody, TokenBody
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.services.fleet import rollup

router = APIRouter(tags=["fleet"])
viewer = Depends(role("viewer"))
admin = Depends(role("admin"))
MAX_ENROL_BYTES = 64 * 1024


@router.post("/enrol", tags=["enrolment"])
async def enrol(request: Request) -> Response:
    """A device's certificate request, authenticated by its token's secret."""
    body = await _limited_body(request)
    answer = await run_in_threadpool(services(request).enrolment.enrol, decode(body, EnrolRequest))
    return Response(encode(answer), media_type="application/json")


@router.post("/tokens", dependencies=[admin], tags=["enrolment"])
def make_token(request: Request, body: TokenBody) -> Response:
    """A one-time enrolment token; its text is shown only here."""
    token, record = services(request).enrolment.create_token(body.device, body.life_s)
    answer = EnrolmentToken(
        token=str(token), id=record.id, device=record.device, expires_at=record.expires_at
    )
    return reply(answer, 201)


@router.post("/api-tokens", dependencies=[admin])
def make_bearer(request: Request, body: ApiTokenBody) -> Response:
    """A bearer token with a role; its text is shown only here."""
    text = services(request).access.make_token(body.name, body.role)
    return reply(ApiToken(token=text, name=body.name, role=body.role), 201)


@router.get("/variants", dependencies=[viewer])
def list_variants(request: Request) -> Response:
    """Everything that is built or could be, with expected accuracy per regime."""
    return reply(documents(Variant, services(request).catalogue.specs()))


@router.get("/models", dependencies=[viewer])
def list_models(request: Request) -> Response:
    """Networks with the recipes and variants made of them."""
    return reply(models_of(services(request).catalogue.specs()))


@router.get("/recipes", dependencies=[viewer])
def list_recipes(request: Request) -> Response:
    """The catalogue's recipes."""
    recipes = request.app.state.recipes()
    return reply([recipes[name] for name in sorted(recipes)])


@router.get("/jobs", dependencies=[viewer])
def list_jobs(request: Request, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    """Builds with their progress, newest first."""
    return reply(documents(Job, services(request).store.jobs(limit=limit)))


@router.get("/recompressions", dependencies=[viewer])
def list_recompressions(
    request: Request,
    device: str | None = None,
    all: bool = False,  # noqa: A002 - the query's name
) -> Response:
    """Answers to shifts and breaches with their clocks; `all` adds those that changed nothing."""
    records = services(request).store.recompressions(device)
    shown = [r for r in records if all or r.kind not in ("", AnswerKind.NONE)]
    return reply(documents(Recompression, shown))


@router.get("/rollup", dependencies=[viewer])
def show_rollup(request: Request) -> Response:
    """The fleet in a few figures."""
    return reply(rollup(services(request).store))


async def _limited_body(request: Request) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_ENROL_BYTES:
            raise InvalidError(f"the request is larger than {MAX_ENROL_BYTES} bytes")
    return body
