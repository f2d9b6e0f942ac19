"""Operations that change something: done and noted in the audit log by one commit."""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Request

from lamplighter_controller.api.access import address_of, bearer_name, services
from lamplighter_controller.domain.audit.chain import AuditOutcome
from lamplighter_controller.services.audit.audit_log import Attempt

T = TypeVar("T")
Document = dict[str, Any]


def changed(
    request: Request,
    subject: str,
    act: Callable[[], T],
    *,
    state: Callable[[], Document | None] | None = None,
    shown: Callable[[T], Document | None] | None = None,
) -> T:
    """Do it on the deciding thread and note it; see `AuditLog.change`."""
    parts, attempt = services(request), attempt_of(request, subject)
    return parts.queue.call(lambda: parts.audit.change(attempt, act, state, shown))


def ordered(
    request: Request, subject: str, act: Callable[[], T], asked: Document | None = None
) -> T:
    """Note it, then do it on the deciding thread: for what no transaction takes back.

    Args:
        asked: what is asked for.
    """
    parts, attempt = services(request), attempt_of(request, subject)
    parts.audit.note(attempt, AuditOutcome.ORDERED, after=asked)
    return parts.queue.call(act)


def attempt_of(request: Request, subject: str = "") -> Attempt:
    """Who asks for what, and from where."""
    route = request.scope.get("route")
    operation = getattr(route, "operation_id", "") or request.method
    who, address = bearer_name(request), address_of(request)
    return Attempt(operation, subject or _named(request), who, address)


def _named(request: Request) -> str:
    """By the path: `device:cam-a`."""
    return " ".join(f"{kind}:{name}" for kind, name in sorted(request.path_params.items()))
