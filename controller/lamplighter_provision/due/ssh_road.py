"""Bundles over ssh bring another release; its script takes back what does not come up."""

from collections.abc import Callable, Sequence

from lamplighter_provision.bundle.contents import wheels_folder
from lamplighter_provision.due.road import Sight
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.ssh.hosts import Deed
from lamplighter_provision.ssh.installing import Installer, Planned, Target

ABSENT = "it has no agent that is enrolled; bring it there first: lamplighter provision ssh"


class SshRoad:
    """Implements `Road`.

    Args:
        wheels: what `make image` has made of the gateway's version; {version} stands for it.
        tell: gets each line that a device's installation writes.
    """

    def __init__(
        self, gateway: Gateway, wheels: str, tell: Callable[[str, str], object], at_once: int
    ) -> None:
        self._gateway, self._wheels, self._tell, self.at_once = gateway, wheels, tell, at_once
        self._planned: dict[str, Planned] = {}

    def look(self, devices: Sequence[str]) -> list[Sight]:
        targets = [Target(name, self._gateway.agents[name].host or name) for name in devices]
        planned = self._installer().plan(targets)
        self._planned |= {one.target.device: one for one in planned}
        return [_sight(one) for one in planned]

    def prepare(self) -> None:
        """Each bundle is packed as it is brought."""

    def bring(self, device: str) -> None:
        for done in self._installer().install([self._planned[device]]):
            if done.trouble:
                raise ProvisionError(done.trouble)

    def _installer(self) -> Installer:
        """Raises ProvisionError: the wheels are of another version."""
        wheels = wheels_folder(self._wheels, self._gateway.version)
        return Installer(self._gateway, wheels, _no_token, self._tell, self.at_once, back=True)


def _sight(planned: Planned) -> Sight:
    device = planned.target.device
    if planned.trouble or planned.deed in (Deed.INSTALL, Deed.ENROL):
        return Sight(device, trouble=planned.trouble or ABSENT)
    return Sight(device, "" if planned.deed is Deed.NOTHING else str(planned))


def _no_token(device: str) -> str:
    raise ProvisionError(f"{device}: {ABSENT}")
