"""Commands that bring agents onto gateways."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from lamplighter_client import endpoints
from lamplighter_dashboard.model.docker_hosts import HostAgent

from lamplighter_cli.commands.provisioning.docker_hosts import agents_of
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show_rows
from lamplighter_cli.progress import report

# Imported late: other commands start without Docker's SDK.
if TYPE_CHECKING:
    from lamplighter_provision.engine.docker_engine import DockerEngine
    from lamplighter_provision.gateway.desired import Gateway
    from lamplighter_provision.gateway.planning import Step

docker_app = group("Agents as containers of a Docker engine.")

GatewayFile = Annotated[Path, typer.Argument(metavar="GATEWAY", help="The gateway's file (TOML).")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
AGENT_COLUMNS = [
    Column[dict[str, object]]("DEVICE", lambda row: row["device"]),
    Column[dict[str, object]]("RUNS", lambda row: row["running"]),
    Column[dict[str, object]]("HEALTHY", lambda row: row["healthy"]),
    Column[dict[str, object]]("STATE", lambda row: row["state"]),
    Column[dict[str, object]]("IMAGE", lambda row: row["image"]),
    Column[dict[str, object]]("VERSION", lambda row: row["version"]),
    Column[dict[str, object]]("TO DO", lambda row: row["todo"]),
]


@docker_app.command("apply")
def docker_apply(
    gateway_file: GatewayFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan only.")] = False,
    yes: Yes = False,
    back: Annotated[
        bool, typer.Option("--back", help="Also those that run a newer version than the file says.")
    ] = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Bring a gateway's containers to what its file says: create, enrol, update, start.

    What runs a newer version, as a rollout brings it, is left as it is without --back.
    """

    def new_token(device: str) -> str:
        return client(data, url, token).send(endpoints.create_token(device)).token

    with _opened(gateway_file) as (gateway, engine):
        left = _left_alone(gateway, engine, gateway_file, back=back)
        rest = gateway.without(left)
        steps = _steps(rest, engine) if rest.agents else []
        if _agreed(steps, dry_run=dry_run, yes=yes):
            _carry_out(rest, engine, steps, new_token)
    if left:
        raise CommandError(f"{', '.join(left)}: newer than {gateway_file} says")


def _left_alone(
    gateway: "Gateway", engine: "DockerEngine", file: Path, *, back: bool
) -> "Collection[str]":
    """Tell what stays as it is; those of the file's agents that run a newer version."""
    from lamplighter_provision.gateway.planning import unlisted
    from lamplighter_provision.gateway.versions import ahead, ahead_words

    present = engine.present(gateway.image)
    for device in unlisted(gateway, present):
        report(f"{device} is on this engine but not in {file}; it is left as it is")
    newer = {} if back else ahead(gateway, present)
    for device, version in newer.items():
        typer.echo(f"  {device}: {ahead_words(version, f'the {gateway.version} of {file}')}")
    return newer


def _carry_out(
    gateway: "Gateway",
    engine: "DockerEngine",
    steps: "list[Step]",
    new_token: Callable[[str], str],
) -> None:
    from lamplighter_provision.engine.carrying_out import Carrier
    from lamplighter_provision.gateway.planning import Kind

    carrier = Carrier(engine, gateway, new_token, report)
    images = [step for step in steps if step.kind in (Kind.LOAD_IMAGE, Kind.BUILD_IMAGE)]
    if images:  # what there is to do is known for sure once the image is there
        carrier.carry_out(images)
        steps = _steps(gateway, engine)
    carrier.carry_out(steps)
    report("all is as the file says")


@docker_app.command("show")
def docker_show(gateway_file: GatewayFile, as_json: Json = False) -> None:
    """The agents of a gateway as they are, and what `apply` would do."""
    with _opened(gateway_file) as (gateway, engine):
        rows = [_row(agent) for agent in agents_of(gateway, engine)]
    show_rows(rows, AGENT_COLUMNS, as_json)


def _row(agent: HostAgent) -> dict[str, object]:
    todo = [f"runs {agent.ahead}"] if agent.ahead else list(agent.todo)
    return {
        "device": agent.device,
        "running": agent.running,
        "healthy": agent.healthy,
        "state": agent.connection,
        "todo": todo if agent.listed else ["not in the file"],
        "image": list(agent.images),
        "version": agent.version,
    }


@docker_app.command("remove")
def docker_remove(
    gateway_file: GatewayFile,
    devices: Annotated[list[str], typer.Argument(help="Device ids.")],
    forget: Annotated[
        bool, typer.Option("--forget", help="Its state and identity too; it must enrol again.")
    ] = False,
    yes: Yes = False,
) -> None:
    """End and remove agents; their state stays on the gateway unless it shall be forgotten."""
    from lamplighter_provision.engine.carrying_out import Carrier
    from lamplighter_provision.gateway.planning import plan_removal

    with _opened(gateway_file) as (gateway, engine):
        present = engine.present(gateway.image)
        unknown = [device for device in devices if device not in present.devices]
        if unknown:
            raise CommandError(
                f"the engine has no {', '.join(unknown)}; see: provision docker show"
            )
        steps = plan_removal(devices, present, forget=forget)
        if _agreed(steps, dry_run=False, yes=yes):
            Carrier(engine, gateway, str, report).carry_out(steps)


@contextmanager
def _opened(path: Path) -> "Iterator[tuple[Gateway, DockerEngine]]":
    from lamplighter_provision.engine.connecting import connected
    from lamplighter_provision.gateway.desired import read_gateway

    gateway = read_gateway(path)
    if not gateway.image:
        raise CommandError(f"{path}: image: name one, such as lamplighter-agent:0.1.0")
    with connected(gateway) as engine:
        yield gateway, engine


def _steps(gateway: "Gateway", engine: "DockerEngine") -> "list[Step]":
    from lamplighter_provision.engine.planned import steps_of

    return steps_of(gateway, engine)


def _agreed(steps: "list[Step]", *, dry_run: bool, yes: bool) -> bool:
    """Show the plan; whether it shall be carried out."""
    if not steps:
        report("nothing to do")
        return False
    for step in steps:
        typer.echo(f"  {step}")
    return not dry_run and (yes or typer.confirm("Do it?", default=False))
