"""Commands that bring agents onto gateways."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from lamplighter_client import endpoints

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
    Column[dict[str, object]]("TO DO", lambda row: row["todo"]),
]


@docker_app.command("apply")
def docker_apply(
    gateway_file: GatewayFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan only.")] = False,
    yes: Yes = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Bring a gateway's containers to what its file says: create, enrol, update, start."""
    from lamplighter_provision.engine.carrying_out import Carrier
    from lamplighter_provision.gateway.planning import Kind, unlisted

    gateway, engine = _open(gateway_file)
    steps = _steps(gateway, engine)
    for device in unlisted(gateway, engine.present(gateway.image)):
        report(f"{device} is on this engine but not in {gateway_file}; it is left as it is")
    if not _agreed(steps, dry_run=dry_run, yes=yes):
        return

    def new_token(device: str) -> str:
        return client(data, url, token).send(endpoints.create_token(device)).token

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
    from lamplighter_provision.engine.carrying_out import HEALTH
    from lamplighter_provision.gateway.present import Found, Role

    gateway, engine = _open(gateway_file)
    present, steps = engine.present(gateway.image), _steps(gateway, engine)
    rows: list[dict[str, object]] = []
    for device in sorted({*gateway.agents, *present.devices}):
        agent = present.devices.get(device, Found()).containers.get(Role.AGENT)
        code, output = engine.run_inside(device, HEALTH) if agent and agent.running else (1, "")
        todo = [step.kind.value for step in steps if step.device == device]
        rows.append(
            {
                "device": device,
                "running": agent is not None and agent.running,
                "healthy": agent.healthy if agent else None,
                "state": output.strip() if code == 0 else "",
                "todo": todo if device in gateway.agents else ["not in the file"],
            }
        )
    show_rows(rows, AGENT_COLUMNS, as_json)


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

    gateway, engine = _open(gateway_file)
    present = engine.present(gateway.image)
    unknown = [device for device in devices if device not in present.devices]
    if unknown:
        raise CommandError(f"the engine has no {', '.join(unknown)}; see: provision docker show")
    steps = plan_removal(devices, present, forget=forget)
    if _agreed(steps, dry_run=False, yes=yes):
        Carrier(engine, gateway, str, report).carry_out(steps)


def _open(path: Path) -> "tuple[Gateway, DockerEngine]":
    from lamplighter_provision.engine.connecting import connect
    from lamplighter_provision.gateway.desired import read_gateway

    gateway = read_gateway(path)
    if not gateway.image:
        raise CommandError(f"{path}: image: name one, such as lamplighter-agent:0.1.0")
    return gateway, connect(gateway)


def _steps(gateway: "Gateway", engine: "DockerEngine") -> "list[Step]":
    from lamplighter_provision.engine.archives import read_image_file
    from lamplighter_provision.gateway.planning import plan

    brought = None
    if gateway.image_file:
        brought = read_image_file(Path(gateway.image_file), gateway.image)
    return plan(gateway, engine.present(gateway.image), brought)


def _agreed(steps: "list[Step]", *, dry_run: bool, yes: bool) -> bool:
    """Show the plan; whether it shall be carried out."""
    if not steps:
        report("nothing to do")
        return False
    for step in steps:
        typer.echo(f"  {step}")
    return not dry_run and (yes or typer.confirm("Do it?", default=False))
