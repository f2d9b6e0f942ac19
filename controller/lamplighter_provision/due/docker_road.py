"""Agents of an engine change their image; what does not come up is taken back there."""

from collections.abc import Callable, Sequence

import msgspec

from lamplighter_provision.due.road import Sight
from lamplighter_provision.engine.carrying_out import Carrier
from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.engine.planned import steps_of
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.gateway.planning import Kind, Step

IMAGE_STEPS = (Kind.LOAD_IMAGE, Kind.BUILD_IMAGE)
NEW = (Kind.ENROL, Kind.CREATE)
ABSENT = "it is not on this engine; bring it there first: lamplighter provision docker apply"


class DockerRoad:
    """Implements `Road`: one device after the other, as an engine has one connection."""

    at_once = 1

    def __init__(
        self, gateway: Gateway, engine: DockerEngine, report: Callable[[str], None]
    ) -> None:
        self._gateway, self._engine, self._report = gateway, engine, report

    def look(self, devices: Sequence[str]) -> list[Sight]:
        steps = self._steps(devices)
        return [_sight(device, [s for s in steps if s.device == device]) for device in devices]

    def prepare(self) -> None:
        some = list(self._gateway.agents)[:1]
        steps = [step for step in self._steps(some) if step.kind in IMAGE_STEPS]
        self._carrier(some).carry_out(steps)

    def bring(self, device: str) -> None:
        self._carrier([device]).carry_out(self._steps([device]))

    def _steps(self, devices: Sequence[str]) -> list[Step]:
        """Raises ProvisionError."""
        return steps_of(self._only(devices), self._engine)

    def _carrier(self, devices: Sequence[str]) -> Carrier:
        return Carrier(self._engine, self._only(devices), _no_token, self._report)

    def _only(self, devices: Sequence[str]) -> Gateway:
        agents = {name: self._gateway.agents[name] for name in devices}
        return msgspec.structs.replace(self._gateway, agents=agents)


def _sight(device: str, steps: list[Step]) -> Sight:
    if any(step.kind in NEW for step in steps):
        return Sight(device, trouble=ABSENT)
    return Sight(device, ", ".join(str(step).removeprefix(f"{device}: ") for step in steps))


def _no_token(device: str) -> str:
    raise ProvisionError(f"{device}: {ABSENT}")
