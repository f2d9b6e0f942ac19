"""Who may do what: bearer tokens with roles."""

from collections.abc import Callable

from fastapi import Request

from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.serving.request_waits import BEARER_IS_KNOWN
from lamplighter_controller.errors import ForbiddenError, UnauthorisedError
from lamplighter_controller.pki.api_tokens import permits, secret_hash
from lamplighter_controller.services.access.reach import Reach
from lamplighter_controller.store.records import ApiTokenRecord
from lamplighter_controller.wiring.parts import Services

BEARER_NAME, SCOPE = "bearer_name", "scope"  # in the state of a request


def services(request: Request) -> Services:
    """The controller's services."""
    parts: Services = request.app.state.services
    return parts


def bearer_name(request: Request) -> str:
    """Who asks: the name of the token."""
    name: str = getattr(request.state, BEARER_NAME, "")
    return name


def address_of(request: Request) -> str:
    """Where it came from; empty where that is not known."""
    return request.client.host if request.client else ""


def bearer_of(request: Request) -> str:
    """The bearer token that came with it; empty: none."""
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer if kind.lower() == "bearer" else ""


def _authenticated(request: Request) -> ApiTokenRecord:
    """Whose token came with it, unless too many wrong ones came from there."""
    parts, bearer, address = services(request), bearer_of(request), address_of(request)
    digest = secret_hash(bearer)
    parts.logins.check(address, digest)
    try:
        token = parts.access.authenticate(bearer)
    except UnauthorisedError:
        if bearer:  # none at all is no guess
            parts.logins.note_failure(address)
        raise
    parts.logins.note_success(address, digest)
    return token


def reach_of(request: Request) -> Reach:
    """Which devices the bearer may see and act on."""
    parts = services(request)
    scope: str = getattr(request.state, SCOPE, "")
    return Reach(scope, parts.groups.groups_of, parts.store.device)


def permission(role: str, bounds: Bounds) -> Callable[[Request], None]:
    """A dependency: the bearer must have this role or a higher one, and reach what it asks for."""

    def _check(request: Request) -> None:
        token = _authenticated(request)
        setattr(request.state, BEARER_IS_KNOWN, True)
        setattr(request.state, BEARER_NAME, token.name)
        if not permits(token.role, role):
            raise ForbiddenError(f"this needs the role {role}; the token has {token.role}")
        setattr(request.state, SCOPE, token.scope)
        if bounds is Bounds.FLEET:
            reach_of(request).check_whole()
        elif bounds is Bounds.DEVICE:
            reach_of(request).check(request.path_params["device"])

    return _check
