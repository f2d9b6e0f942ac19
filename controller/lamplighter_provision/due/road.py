"""The seam to whatever brings an agent to a version: an engine, ssh, or something of a test."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lamplighter_provision.errors import ProvisionError


@dataclass(frozen=True, slots=True)
class Sight:
    """What is to be done on one device; `todo` empty: it has the version already.

    Attributes:
        trouble: why nothing can be done there now.
    """

    device: str
    todo: str = ""
    trouble: str = ""


class Road(Protocol):
    """To the devices of one gateway's file, for one version."""

    @property
    def at_once(self) -> int:
        """So many devices may be brought side by side."""

    def look(self, devices: Sequence[str]) -> list[Sight]:
        """What there is to do. Raises ProvisionError: nothing can be done for any of them."""

    def prepare(self) -> None:
        """What all devices need first, such as an image. Raises ProvisionError."""

    def bring(self, device: str) -> None:
        """One that was looked at.

        Raises:
            ProvisionError: it does not come up; what ran before runs again.
        """


@dataclass
class FakeRoad:
    """Notes what is brought; `broken`: device -> why it does not come up."""

    version: str = ""
    todo: str = "update"
    at_once: int = 1
    broken: dict[str, str] = field(default_factory=dict)
    away: dict[str, str] = field(default_factory=dict)  # device -> why it cannot be reached
    brought: list[str] = field(default_factory=list)

    def look(self, devices: Sequence[str]) -> list[Sight]:
        has = set(self.brought)
        return [
            Sight(name, "" if name in has else self.todo, self.away.get(name, ""))
            for name in devices
        ]

    def prepare(self) -> None:
        """There is nothing to prepare."""

    def bring(self, device: str) -> None:
        if why := self.broken.get(device):
            raise ProvisionError(why)
        self.brought.append(device)
