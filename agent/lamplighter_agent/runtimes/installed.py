"""The runtimes that this agent brings along, and those of other distributions.

Others are named by entry points of the group `lamplighter.agent_runtimes`: a class of `Runtime`s,
whose module imports its library only when that is used.
"""

import logging
from collections.abc import Iterator
from importlib.metadata import entry_points

from lamplighter_agent.runtimes.allocator import keep_freed_memory
from lamplighter_agent.runtimes.litert import LiteRt
from lamplighter_agent.runtimes.onnxruntime import OnnxRuntime
from lamplighter_agent.runtimes.openvino import OpenVino
from lamplighter_agent.runtimes.runtime import Runtime, Runtimes

log = logging.getLogger(__name__)
GROUP = "lamplighter.agent_runtimes"


def installed_runtimes() -> Runtimes:
    """A fresh look at what is installed; imports none of the libraries.

    From now on the process keeps memory that a network frees between two pictures.
    """
    keep_freed_memory()
    return Runtimes([*_of_others(), OnnxRuntime(), LiteRt(), OpenVino()])


def _of_others() -> Iterator[Runtime]:
    """One that cannot be loaded costs nothing but itself."""
    for entry in entry_points(group=GROUP):
        try:
            yield entry.load()()
        except Exception as error:  # noqa: BLE001 - whatever another's module raises
            log.warning("runtime %s cannot be loaded: %s", entry.name, error)
