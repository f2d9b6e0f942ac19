"""What the workshop is asked to do, what comes back, and how it can fail."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_wire.artifacts.manifest import Manifest

from lamplighter_controller.errors import ControllerError


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A call of ``target`` ("module:function") with JSON-like keyword arguments.

    The function is called as ``function(progress, **payload)`` in a child process and returns
    something JSON-like, in which there may be bytes. One that has `materials` gets those too, as
    names of folders.

    Attributes:
        key: jobs with the same key are the same job.
        materials: paths of the folders by name. Where the job runs without them, others hold the
            same files there.
        reads: which files it needs, as patterns by the folder's name.
        writes: patterns of what it leaves in the folder `cache_dir` for jobs that follow.
        private: folders by name of which nothing is kept elsewhere once the job has ended.
        background: it must not slow down the others.
        timeout_s: how long it may take; 0: as long as the executor lets any.
    """

    key: str
    target: str
    payload: dict[str, Any] = {}
    materials: Mapping[str, str] = {}
    reads: Mapping[str, Sequence[str]] = {}
    writes: Sequence[str] = ()
    private: Sequence[str] = ()
    background: bool = False
    timeout_s: float = 0.0


class BuildResult(msgspec.Struct, frozen=True, kw_only=True):
    """A built variant as its job gives it back: nothing of it lies in the artifact store yet.

    `packed`: the manifest for agents that can expand packed parts; None where no part is packed.
    """

    card: VariantCard
    manifest: Manifest
    packed: Manifest | None = None
    chunks: dict[str, bytes]


class WorkshopError(ControllerError):
    """A job did not give a result."""


class BuildFailed(WorkshopError):  # noqa: N818 - reads as what happened
    """The job raised; the text is its error's."""


class BuildCancelled(WorkshopError):  # noqa: N818
    """Somebody cancelled the job, or the workshop was closed."""


class BuildTimedOut(WorkshopError):  # noqa: N818
    """The job took longer than its limit."""


class WorkerDied(WorkshopError):  # noqa: N818
    """The process ended in the middle of the job: killed, or out of memory."""


class NoWorker(WorkshopError):  # noqa: N818
    """Nobody was there to do the job for as long as it may take."""
