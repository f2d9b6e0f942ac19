"""Who may do what: bearer tokens with roles."""

from collections.abc import Callable

from fastapi import Request

from lamplighter_controller.api.serving.request_waits import BEARER_IS_KNOWN
from lamplighter_controller.errors import ForbiddenError
from lamplighter_controller.pki.api_tokens import permits
from lamplighter_controller.wiring.parts import Services

BEARER_NAME = "bearer_name"  # in the state of a request


def services(request: Request) -> Services:
    """The controller's services."""
    parts: Services = request.app.state.services
    return parts


def bearer_name(request: Request) -> str:
    """Who asks: the name of the token."""
    name: str = getattr(request.state, BEARER_NAME, "")
    return name


def bearer_of(request: Request) -> str:
    """The bearer token that came with it; empty: none."""
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer if kind.lower() == "bearer" else ""


def permission(role: str) -> Callable[[Request], None]:
    """A dependency: the bearer must have this role or a higher one."""

    def _check(request: Request) -> None:
        token = services(request).access.authenticate(bearer_of(request))
        setattr(request.state, BEARER_IS_KNOWN, True)
        setattr(request.state, BEARER_NAME, token.name)
        if not permits(token.role, role):
            raise ForbiddenError(f"this needs the role {role}; the token has {token.role}")

    return _check
