"""The runtimes that this agent brings along."""

from lamplighter_agent.runtimes.onnxruntime import OnnxRuntime
from lamplighter_agent.runtimes.runtime import Runtimes


def installed_runtimes() -> Runtimes:
    """A fresh look at what is installed; imports none of it."""
    return Runtimes([OnnxRuntime()])
