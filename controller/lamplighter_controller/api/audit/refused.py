"""Refused attempts are noted: who got in with no token, and what a token did not permit."""

from fastapi import Request
from lamplighter_recipes.errors import RecipeError
from lamplighter_wire.errors import WireError

from lamplighter_controller.api.access import services
from lamplighter_controller.api.audit.changes import attempt_of
from lamplighter_controller.errors import ControllerError, ForbiddenError

# Neither a bug nor a client that went away.
REFUSING = (ControllerError, RecipeError, WireError, TimeoutError)
READING = ("GET", "HEAD", "OPTIONS")


def is_noted(request: Request, error: Exception) -> bool:
    """Whether it was an attempt to change something, or one without the right to."""
    if isinstance(error, ForbiddenError):
        return True
    return request.method not in READING and isinstance(error, REFUSING)


def note_refused(request: Request, error: Exception) -> None:
    """On a thread that may wait for the database."""
    services(request).refusals.note(attempt_of(request), str(error))
