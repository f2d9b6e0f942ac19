"""Bundles over ssh bring another release; its script takes back what does not come up."""

from collections.abc import Callable, Sequence
from pathlib import Path

from lamplighter_provision.bundle.contents import wheels_of
from lamplighter_provision.due.road import Sight
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.ssh.hosts import Deed
from lamplighter_provision.ssh.installing import Installer, Planned, Target

ABSENT = "it has no agent that is enrolled; bring it there first: lamplighter provision ssh"


class SshRoad:
    """Implements `Road`.

    Args:
        wheels: the folder that `make image` has made of the gateway's version.
        tell: gets each line that a device's installation writes.
    """

    def __init__(
        self, gateway: Gateway, wheels: Path, tell: Callable[[str, str], object], at_once: int
    ) -> None:
        self._gateway, self._wheels, self.at_once = gateway, wheels, at_once
        self._installer = Installer(gateway, wheels, _no_token, tell, at_once)
        self._planned: dict[str, Planned] = {}

    def look(self, devices: Sequence[str]) -> list[Sight]:
        self._check_version()
        targets = [Target(name, self._gateway.agents[name].host or name) for name in devices]
        planned = self._installer.plan(targets)
        self._planned |= {one.target.device: one for one in planned}
        return [_sight(one) for one in planned]

    def prepare(self) -> None:
        """Each bundle is packed as it is brought."""

    def bring(self, device: str) -> None:
        for done in self._installer.install([self._planned[device]]):
            if done.trouble:
                raise ProvisionError(done.trouble)

    def _check_version(self) -> None:
        """Raises ProvisionError."""
        found, wanted = wheels_of(self._wheels), self._gateway.version
        if found != wanted:
            held = f"lamplighter {found}" if found else "no wheel of lamplighter"
            raise ProvisionError(
                f"{self._wheels} holds {held}, and {wanted} is due; name another folder of"
                " `make image` with --wheels, such as 'dist/image-{version}'"
            )


def _sight(planned: Planned) -> Sight:
    device = planned.target.device
    if planned.trouble or planned.deed in (Deed.INSTALL, Deed.ENROL):
        return Sight(device, trouble=planned.trouble or ABSENT)
    return Sight(device, "" if planned.deed is Deed.NOTHING else str(planned.deed))


def _no_token(device: str) -> str:
    raise ProvisionError(f"{device}: {ABSENT}")
