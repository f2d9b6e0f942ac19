"""Docker engines by the files of their gateways: as they are, for `show` and for the dashboard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lamplighter_dashboard.model.docker_hosts import DockerHost, HostAgent, HostError

# Imported late: other commands start without Docker's SDK.
if TYPE_CHECKING:
    from lamplighter_provision.engine.docker_engine import DockerEngine
    from lamplighter_provision.gateway.desired import Gateway


class GatewayHosts:
    """Implements `DockerHosts`. Each call reads the files anew, and ends its connections."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files

    def look(self) -> Sequence[DockerHost]:
        return [self._look(file) for file in self._files]

    def update(self, file: str, device: str) -> None:
        from lamplighter_provision.due.docker_road import DockerRoad

        with _told(), self._opened(file) as (gateway, engine):
            road = DockerRoad(gateway, engine, _silent)
            (sight,) = road.look([device])
            if sight.trouble:
                raise HostError(f"{device}: {sight.trouble}")
            road.prepare()
            road.bring(device)

    def remove(self, file: str, device: str) -> None:
        from lamplighter_provision.engine.carrying_out import Carrier
        from lamplighter_provision.gateway.planning import plan_removal

        with _told(), self._opened(file) as (gateway, engine):
            steps = plan_removal([device], engine.present(gateway.image), forget=False)
            Carrier(engine, gateway, str, _silent).carry_out(steps)

    def _look(self, file: Path) -> DockerHost:
        try:
            with _told(), self._opened(str(file)) as (gateway, engine):
                return DockerHost(str(file), gateway.engine, list(agents_of(gateway, engine)))
        except HostError as error:
            return DockerHost(str(file), trouble=str(error))

    @contextmanager
    def _opened(self, file: str) -> "Iterator[tuple[Gateway, DockerEngine]]":
        from lamplighter_provision.engine.connecting import connected
        from lamplighter_provision.gateway.desired import read_gateway

        gateway = read_gateway(Path(file))
        with connected(gateway) as engine:
            yield gateway, engine


def agents_of(gateway: "Gateway", engine: "DockerEngine") -> Iterator[HostAgent]:
    """Those that the file names and those that the engine holds, by name.

    Raises:
        ProvisionError: the engine does not answer, or lacks the image.
    """
    from lamplighter_provision.engine.planned import steps_of
    from lamplighter_provision.engine.proof import HEALTH
    from lamplighter_provision.gateway.present import Found, Role
    from lamplighter_provision.gateway.versions import ahead, version_of

    present, steps = engine.present(gateway.image), steps_of(gateway, engine)
    newer = ahead(gateway, present)
    for device in sorted({*gateway.agents, *present.devices}):
        agent = present.devices.get(device, Found()).containers.get(Role.AGENT)
        code, output = engine.run_inside(device, HEALTH) if agent and agent.running else (1, "")
        yield HostAgent(
            device,
            images=(agent.image_names or (agent.shape.image_id[:19],)) if agent else (),
            version=version_of(gateway, agent) if agent else "",
            running=agent is not None and agent.running,
            healthy=agent.healthy if agent else None,
            connection=output.strip() if code == 0 else "",
            todo=[step.kind.value for step in steps if step.device == device],
            ahead=newer.get(device, ""),
            listed=device in gateway.agents,
        )


@contextmanager
def _told() -> Iterator[None]:
    from lamplighter_provision.errors import ProvisionError

    try:
        yield
    except ProvisionError as error:
        raise HostError(str(error)) from error


def _silent(_line: str) -> None:
    """A dashboard tells the end only."""
