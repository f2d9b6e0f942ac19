"""What the workshop is asked to do, and how it can fail."""

from typing import Any

import msgspec

from lamplighter_controller.errors import ControllerError


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A call of ``target`` ("module:function") with JSON-like keyword arguments.

    The function is called as ``function(progress, **payload)`` in a child process and returns
    something JSON-like.
    """

    key: str  # jobs with the same key are the same job
    target: str
    payload: dict[str, Any] = {}


class WorkshopError(ControllerError):
    """A job did not give a result."""


class BuildFailed(WorkshopError):  # noqa: N818 - reads as what happened
    """The job raised; the text is its error's."""


class BuildCancelled(WorkshopError):  # noqa: N818
    """Somebody cancelled the job, or the workshop was closed."""


class BuildTimedOut(WorkshopError):  # noqa: N818
    """The job took longer than its limit."""


class WorkerDied(WorkshopError):  # noqa: N818
    """The child process ended in the middle of the job: killed, or out of memory."""
