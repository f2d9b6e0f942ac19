"""What a runtime can do for the agent, and which of them are here: by the manifest's `runtime`."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.engine import Engine


class Runtime(Protocol):
    """A library that runs networks. It is imported when it is first used, not before."""

    @property
    def name(self) -> str:
        """As manifests and capabilities name it."""

    def version(self) -> str:
        """Of the installed library; "" where it is not installed."""

    def precisions(self) -> Sequence[str]:
        """Those that it computes in on this processor, such as "fp32": each is probed."""

    def open(
        self,
        folder: Path,
        tensors: TensorNames,
        threads: int,
        session_config: Mapping[str, str],
    ) -> Engine:
        """Load the network whose files lie in a folder.

        Raises:
            EngineError: it is missing, damaged, or lacks one of the `tensors`.
        """

    def probe_run(
        self, network: str, threads: int, session_config: Mapping[str, str]
    ) -> Callable[[], object]:
        """One inference of a network of the probe, such as "dense_int8", on noise, as a function.

        Raises:
            EngineError: it has no such network, or cannot load it; the function raises it when the
                network cannot be run.
        """


class Runtimes:
    """The runtimes that this agent knows; those that are installed, and not broken, can serve."""

    def __init__(self, runtimes: Iterable[Runtime], broken: Collection[str] = ()) -> None:
        self._runtimes = {runtime.name: runtime for runtime in runtimes}
        self._broken = frozenset(broken)

    def versions(self) -> dict[str, str]:
        """Version of each that can serve."""
        able = {name: r for name, r in self._runtimes.items() if name not in self._broken}
        versions = {name: runtime.version() for name, runtime in able.items()}
        return {name: version for name, version in versions.items() if version}

    def installed(self) -> list[Runtime]:
        """Those that can serve."""
        return [self._runtimes[name] for name in self.versions()]

    def without(self, broken: Collection[str]) -> "Runtimes":
        """The same, where some are installed and do not work."""
        return Runtimes(self._runtimes.values(), broken)

    def find(self, name: str) -> Runtime:
        """A runtime that can serve, by its name.

        Raises:
            EngineError: it is not known here, not installed, or broken; says what to do.
        """
        runtime = self._runtimes.get(name)
        if runtime is None:
            raise EngineError(f"this agent knows no runtime {name!r}: update it")
        if not runtime.version():
            raise EngineError(f"the runtime {name!r} is not installed: {remedy_for(name)}")
        if name in self._broken:
            raise EngineError(f"the runtime {name!r} does not work here: install it anew")
        return runtime


def remedy_for(name: str) -> str:
    """What brings a runtime that this agent knows."""
    return f"pip install 'lamplighter[{name}]'"


def version_of(distribution: str) -> str:
    """Of an installed distribution; "" where it is not installed. Imports nothing of it."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def probe_network(file: str) -> bytes:
    """A shipped network of the probe, such as "dense_int8.onnx".

    Raises:
        EngineError: there is none.
    """
    path = files("lamplighter_agent.runtimes").joinpath("probe_networks", file)
    try:
        return path.read_bytes()
    except OSError as error:
        raise EngineError(f"no probe network {file}: {error.strerror}") from error
