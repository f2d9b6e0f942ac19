"""What is due of a rollout is brought, device by device, and what fails is told the controller."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lamplighter_provision.due.road import Road, Sight
from lamplighter_provision.errors import ProvisionError, UnheardError

# Gateways that are worked on side by side.
AT_ONCE = 4


class Orders(Protocol):
    """The controller's part."""

    def due(self) -> dict[str, str]:
        """Device -> the version that it is to be given now. Raises UnheardError: nobody tells."""

    def fail(self, device: str, reason: str) -> None:
        """A device could not be given it."""


class OpenRoad(Protocol):
    """Reads a gateway's file for a version."""

    def __call__(self, file: Path, version: str, /) -> tuple[Iterable[str], Callable[[], Road]]:
        """The devices that it names, and the road to them. Raises ProvisionError."""


@dataclass(frozen=True)
class Part:
    """What is due by one file and one version; `trouble`: why nothing of it can be done."""

    file: Path
    version: str
    sights: Sequence[Sight]
    road: Road | None = None
    trouble: str = ""

    @property
    def work(self) -> list[str]:
        """Devices that something is to be done on."""
        return [one.device for one in self.sights if one.todo and not one.trouble]

    @property
    def out_of_reach(self) -> list[str]:
        """Devices that nothing can be done on now."""
        return [one.device for one in self.sights if one.trouble]


@dataclass(frozen=True)
class Brought:
    """What came of one device; `trouble` empty: it runs the version."""

    device: str
    version: str
    seconds: float
    trouble: str = ""


@dataclass
class Installation:
    """Whatever was brought or has failed is left alone for as long as it stays due: the controller
    has yet to hear of it.

    Args:
        report: gets a line for each thing that happens.
    """

    files: Sequence[Path]
    orders: Orders
    open_road: OpenRoad
    report: Callable[[str], None]
    _tried: set[tuple[str, str]] = field(default_factory=set)

    def plan(self) -> tuple[list[Part], list[str]]:
        """What there is to do now; and who is due that no file names.

        Raises:
            ProvisionError: a file is none.
            UnheardError: nobody tells what is due.
        """
        due = self.orders.due()
        self._tried &= set(due.items())
        left = dict(due)
        parts: list[Part] = []
        for file in self.files:
            for version in sorted(set(due.values())):
                named, road = self.open_road(file, version)
                here = [name for name in named if left.get(name) == version]
                for name in here:
                    del left[name]
                new = [name for name in here if (name, version) not in self._tried]
                if new:
                    parts.append(_part(file, version, new, road))
        return parts, sorted(left)

    def carry_out(self, parts: Sequence[Part]) -> list[Brought]:
        """All that can be done of a plan; what fails holds up no other device."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [one for done in pool.map(self._carry_out, parts) for one in done]

    def _carry_out(self, part: Part) -> list[Brought]:
        road = part.road
        if road is None or not part.work:
            return []
        try:
            road.prepare()
        except ProvisionError as error:  # no device was touched; all are still due
            return [Brought(name, part.version, 0.0, str(error)) for name in part.work]
        with ThreadPoolExecutor(road.at_once) as pool:
            done = pool.map(lambda name: self._bring(road, name, part.version), part.work)
            return [one for one in done if one is not None]

    def _bring(self, road: Road, device: str, version: str) -> Brought | None:
        """None where it is due no more: others have failed meanwhile."""
        try:
            is_due = self.orders.due().get(device) == version
        except UnheardError as error:
            self.report(f"{device}: left as it is: {error}")
            return None
        if not is_due:
            self.report(f"{device}: left as it is; {version} is not due there any more")
            return None
        began, trouble = time.monotonic(), ""
        try:
            road.bring(device)
        except ProvisionError as error:
            trouble = str(error).strip()
            self.orders.fail(device, f"{version} could not be installed: {trouble}")
        self._tried.add((device, version))
        return Brought(device, version, time.monotonic() - began, trouble)


def _part(file: Path, version: str, devices: list[str], road: Callable[[], Road]) -> Part:
    try:
        opened = road()
        return Part(file, version, opened.look(devices), opened)
    except ProvisionError as error:
        sights = [Sight(device, trouble=str(error)) for device in devices]
        return Part(file, version, sights, trouble=str(error))
