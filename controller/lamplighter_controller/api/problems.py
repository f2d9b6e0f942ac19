"""Errors to HTTP: one table, problem+json (RFC 9457)."""

import logging

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from lamplighter_client.documents import Problem
from lamplighter_recipes.errors import RecipeError
from lamplighter_wire.errors import TransportError, WireError
from starlette.exceptions import HTTPException

from lamplighter_controller.errors import (
    BrokerError,
    ConflictError,
    ControllerError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StoreError,
    UnauthorisedError,
)

log = logging.getLogger(__name__)

# The first class that fits counts.
STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (UnauthorisedError, 401, "Not authenticated"),
    (ForbiddenError, 403, "Not permitted"),
    (NotFoundError, 404, "Not found"),
    (ConflictError, 409, "Changed meanwhile, or exists already"),
    (InvalidError, 422, "Not usable"),
    (RecipeError, 422, "A recipe file is not in order"),
    (TransportError, 503, "The broker is away"),
    (WireError, 400, "Malformed message"),
    (BrokerError, 503, "The broker is away"),
    (StoreError, 503, "The database is away"),
    (TimeoutError, 503, "The controller is busy"),
    (ControllerError, 500, "The controller failed"),
)


def problem(status: int, title: str, detail: str) -> Response:
    """A problem+json answer."""
    body = Problem(title=title, status=status, detail=detail)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return Response(
        msgspec.json.encode(body), status, headers, media_type="application/problem+json"
    )


def install(app: FastAPI) -> None:
    """Translate every error of ours, and those of the framework, in one place."""

    async def _ours(_request: Request, error: Exception) -> Response:
        status, title = next(
            ((s, t) for kind, s, t in STATUS if isinstance(error, kind)),
            (500, "The controller failed"),
        )
        if status >= 500:
            log.error("request failed: %s", error)
        return problem(status, title, str(error))

    async def _framework(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = str(error.detail) if isinstance(error, HTTPException) else str(error)
        return problem(status, detail, detail)

    async def _invalid(_request: Request, error: Exception) -> Response:
        flaws = error.errors() if isinstance(error, RequestValidationError) else []
        texts = [f"{'.'.join(str(p) for p in f['loc'])}: {f['msg']}" for f in flaws]
        return problem(422, "Not usable", "; ".join(texts) or str(error))

    for kind, _, _ in STATUS:
        app.add_exception_handler(kind, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
