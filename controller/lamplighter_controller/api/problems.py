"""Errors to HTTP: one table, problem+json (RFC 9457)."""

import logging
from collections.abc import Mapping, Sequence

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from lamplighter_client.documents import FieldError, Problem
from lamplighter_client.documents.bounds import remedy
from lamplighter_recipes.errors import RecipeError
from lamplighter_wire.errors import TransportError, WireError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from lamplighter_controller.api.audit.refused import is_noted, note_refused
from lamplighter_controller.errors import (
    BrokerError,
    ConflictError,
    ControllerError,
    ForbiddenError,
    InvalidError,
    MalformedError,
    NotFoundError,
    StoreError,
    TooLargeError,
    TooManyError,
    TooOftenError,
    UnauthorisedError,
)

log = logging.getLogger(__name__)

# The first class that fits counts.
STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (UnauthorisedError, 401, "Not authenticated"),
    (TooManyError, 429, "Too many attempts"),
    (ForbiddenError, 403, "Not permitted"),
    (NotFoundError, 404, "Not found"),
    (ConflictError, 409, "Changed meanwhile, or exists already"),
    (MalformedError, 400, "Malformed"),
    (TooOftenError, 429, "Asked too often"),
    (TooLargeError, 413, "Too large"),
    (InvalidError, 422, "Not usable"),
    (RecipeError, 422, "A recipe file is not in order"),
    (TransportError, 503, "The broker is away"),
    (WireError, 400, "Malformed"),
    (BrokerError, 503, "The broker is away"),
    (StoreError, 503, "The database is away"),
    (TimeoutError, 503, "The controller is busy"),
    (ControllerError, 500, "The controller failed"),
)


STATED = tuple(kind for kind, _, _ in STATUS)
LONGEST_SHOWN = 200  # of what was asked
UNFORESEEN = "an error that was not foreseen; the controller's log says more"
TITLES = {status: title for _, status, title in reversed(STATUS)}
PROBLEM_JSON = "application/problem+json"


def problem(
    status: int,
    title: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem+json answer."""
    body = Problem(title=title, status=status, detail=detail, errors=list(errors))
    more = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Response(
        msgspec.json.encode(body), status, more | dict(headers or {}), media_type=PROBLEM_JSON
    )


def install(app: FastAPI) -> None:
    """Translate every error of ours, and those of the framework, in one place."""
    for kind, _, _ in STATUS:
        app.add_exception_handler(kind, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_parameters)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(ClientDisconnect, _of_disconnect)
    app.add_exception_handler(Exception, _of_ours)


def status_of(kind: type[Exception]) -> int:
    """The status with which an error of a class is answered."""
    return _stated(kind)[0]


def _stated(kind: type[Exception]) -> tuple[int, str]:
    """Status and title."""
    return next(
        ((status, title) for stated, status, title in STATUS if issubclass(kind, stated)),
        (500, TITLES[500]),
    )


async def _of_ours(request: Request, error: Exception) -> Response:
    status, title = _stated(type(error))
    if is_noted(request, error):
        await run_in_threadpool(note_refused, request, error)
    if status >= 500:
        log.error("request failed: %s", error)
    errors = error.fields if isinstance(error, InvalidError) else ()
    # What was not foreseen may tell more than a stranger should know.
    detail = str(error) if isinstance(error, STATED) else UNFORESEEN
    return problem(status, title, detail, errors)


async def _of_framework(request: Request, error: Exception) -> Response:
    """No such path, or no such method on it."""
    if not isinstance(error, HTTPException):
        raise error
    title = detail = str(error.detail)
    if error.status_code in (404, 405):
        asked = f"{request.method} {request.url.path}"[:LONGEST_SHOWN]
        detail = f"nothing answers {asked}; /api/v1/docs lists what there is"
    return problem(error.status_code, title, detail, headers=error.headers)


async def _of_disconnect(_request: Request, _error: Exception) -> Response:
    """Whoever asked has gone, or was put out: nobody reads this, and nothing of it is logged."""
    return problem(400, TITLES[400], "the request did not come whole")


async def _of_parameters(request: Request, error: Exception) -> Response:
    """Parameters out of their bounds."""
    flaws = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [
        FieldError(field=".".join(str(part) for part in flaw["loc"]), detail=remedy(flaw["msg"]))
        for flaw in flaws
    ]
    return await _of_ours(request, InvalidError.of(fields))
