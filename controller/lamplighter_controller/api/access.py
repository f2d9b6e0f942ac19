"""Who may do what: bearer tokens with roles, and ETags."""

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import Request
from fastapi.responses import Response

from lamplighter_controller.errors import ForbiddenError, InvalidError
from lamplighter_controller.pki.api_tokens import permits
from lamplighter_controller.wiring import Services


def services(request: Request) -> Services:
    """The controller's services."""
    parts: Services = request.app.state.services
    return parts


def role(needed: str) -> Callable[[Request], None]:
    """A dependency: the bearer must have this role or a higher one."""

    def _check(request: Request) -> None:
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = services(request).access.authenticate(bearer if kind.lower() == "bearer" else "")
        if not permits(token.role, needed):
            raise ForbiddenError(f"this needs the role {needed}; the token has {token.role}")

    # The reference page reads it.
    _check.role = needed  # type: ignore[attr-defined]
    return _check


def reply(value: Any, status: int = 200, version: int | None = None) -> Response:
    """JSON, with an ETag when a version is given."""
    headers = None if version is None else {"ETag": f'"{version}"'}
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


def expected_version(request: Request) -> int | None:
    """The version in If-Match; None when there is none or it is `*`. Raises InvalidError."""
    text = request.headers.get("if-match", "*").strip()
    if text == "*":
        return None
    try:
        return int(text.strip('"'))
    except ValueError as error:
        raise InvalidError(f'If-Match must be a version like "3", not {text[:40]}') from error
