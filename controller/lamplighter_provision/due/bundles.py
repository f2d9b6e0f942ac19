"""Bundles of what a rollout has due, for devices that are reached from elsewhere than here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lamplighter_provision.bundle.contents import digest_of, texts, wheels_folder, wheels_for
from lamplighter_provision.bundle.packing import SUFFIX, Packed, pack, packed_at
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.ssh.hosts import arch_of

IN_CONTAINERS = (
    "image: the file's agents are containers, which no bundle updates; see: lamplighter provision"
    " due"
)


class Deed(StrEnum):
    """What there is to do for one device."""

    WRITE = "write its bundle"
    NOTHING = "its bundle is there already"
    REMOVE = "remove its bundle, which is not due"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A device that is due; `machine`: its processor, as it has told it."""

    device: str
    version: str
    machine: str


@dataclass(frozen=True, slots=True)
class DueBundle:
    """What is to be done for one device; `trouble`: why nothing can be."""

    device: str
    deed: Deed = Deed.NOTHING
    version: str = ""
    arch: str = ""
    trouble: str = ""

    @property
    def has_work(self) -> bool:
        """Whether anything is to be done."""
        return self.deed is not Deed.NOTHING

    def __str__(self) -> str:
        if self.trouble:
            return f"{self.device}: {self.version}: {self.trouble}"
        if self.deed is Deed.REMOVE:
            return f"{self.device}: {self.deed}"
        return f"{self.device}: {self.version}: {self.deed} ({self.arch})"


@dataclass(frozen=True)
class DueBundles:
    """A folder that has a bundle for each device of a gateway's file that is due, and no other.

    They hold no token: who is in a rollout has enrolled. A bundle with one is of somebody's own
    making, and never removed.

    Args:
        wheels: what `make image` has made of a version, {version} in the place of it.
        arch: of all devices; empty: as each has told it.

    Raises:
        ProvisionError: the file is of containers.
    """

    gateway: Gateway
    wheels: str
    out: Path
    arch: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not brought by bundles."""
        if self.gateway.image:
            raise ProvisionError(IN_CONTAINERS)

    def plan(self, due: Iterable[Wanted], devices: Iterable[str] = ()) -> list[DueBundle]:
        """What there is to do, by device.

        Args:
            due: all that are due, whichever file names them.
            devices: the only ones to look at; none: all of the file.
        """
        among = set(devices) or set(self.gateway.agents)
        wanted = {one.device: one for one in due if one.device in among}
        looked_at = [self._look(wanted[name]) for name in sorted(wanted)]
        fit = {one.device for one in looked_at if not one.trouble}
        return [*looked_at, *self._past(among - fit)]

    def carry_out(self, planned: DueBundle) -> Path:
        """Write a bundle, or remove it. Raises ProvisionError."""
        path = self._path(planned.device)
        if planned.deed is Deed.REMOVE:
            path.unlink(missing_ok=True)
        elif planned.deed is Deed.WRITE:
            wheels = wheels_folder(self.wheels, planned.version)
            pack(self.gateway, planned.device, planned.arch, wheels, self.out, "")
        return path

    def _look(self, one: Wanted) -> DueBundle:
        try:
            arch = self.arch or arch_of(one.machine)
            wheels = wheels_folder(self.wheels, one.version)
            content = texts(self.gateway, one.device, arch, wheels_for(wheels, arch))
        except ProvisionError as error:
            return DueBundle(one.device, version=one.version, trouble=str(error))
        is_there = packed_at(self._path(one.device)) == Packed(digest_of(content))
        deed = Deed.NOTHING if is_there else Deed.WRITE
        return DueBundle(one.device, deed, one.version, arch)

    def _past(self, devices: Iterable[str]) -> Iterator[DueBundle]:
        for device in sorted(devices):
            found = packed_at(self._path(device))
            if found is not None and found.digest and not found.has_token:
                yield DueBundle(device, Deed.REMOVE)

    def _path(self, device: str) -> Path:
        return self.out / f"{device}{SUFFIX}"
