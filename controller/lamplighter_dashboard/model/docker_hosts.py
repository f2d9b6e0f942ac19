"""The seam to Docker engines: what runs on them is known to whoever has their files, not the API.

Everything blocks, and is called beside the screens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class HostError(Exception):
    """What was asked of an engine cannot be done; the text says why and what to do."""


@dataclass(frozen=True)
class HostAgent:
    """An agent on an engine.

    Attributes:
        images: names of what it runs; of its container's image.
        version: of the agent, where the file gives each version an image of its own.
        healthy: None: not known yet.
        connection: how it stands to the controller, as it says; empty: no sign of life.
        todo: what would bring it to what its file says.
        ahead: its version, where that is newer than the file's: it is left as it is.
        listed: whether the file names it.
    """

    device: str
    images: Sequence[str] = ()
    version: str = ""
    running: bool = False
    healthy: bool | None = None
    connection: str = ""
    todo: Sequence[str] = ()
    ahead: str = ""
    listed: bool = True

    @property
    def is_absent(self) -> bool:
        """Whether the engine has nothing of it."""
        return not self.images and not self.running


@dataclass(frozen=True)
class DockerHost:
    """One engine, by the file of its gateway. `trouble`: why nothing is known of it now."""

    file: str
    engine: str = ""
    agents: Sequence[HostAgent] = ()
    trouble: str = ""


class DockerHosts(Protocol):
    """Engines by the files that say what shall run on them."""

    def look(self) -> Sequence[DockerHost]:
        """All of them as they are; one that cannot be reached says so itself."""

    def update(self, file: str, device: str) -> None:
        """Bring an agent that is there to what the file says.

        Raises:
            HostError: it does not come up, and what ran before runs again; or it is not there.
        """

    def remove(self, file: str, device: str) -> None:
        """End and remove an agent; its state and identity stay. Raises HostError."""


@dataclass
class FakeHosts:
    """Engines of a test. `broken`: device -> why nothing can be done with it."""

    hosts: list[DockerHost] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    done: list[tuple[str, str, str]] = field(default_factory=list)

    def look(self) -> Sequence[DockerHost]:
        return list(self.hosts)

    def update(self, file: str, device: str) -> None:
        self._do("update", file, device)

    def remove(self, file: str, device: str) -> None:
        self._do("remove", file, device)

    def _do(self, what: str, file: str, device: str) -> None:
        if why := self.broken.get(device):
            raise HostError(why)
        self.done.append((what, file, device))
