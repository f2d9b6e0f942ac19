"""Bundles over ssh."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from lamplighter_client import endpoints

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Token, Url, client
from lamplighter_cli.output import Column, show_rows
from lamplighter_cli.progress import report

if TYPE_CHECKING:
    from lamplighter_provision.gateway.desired import Gateway
    from lamplighter_provision.ssh.installing import Done, Planned, Target


def ssh(
    gateway_file: Annotated[Path, typer.Argument(metavar="GATEWAY", help="As of `docker apply`.")],
    devices: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DEVICE[=HOST]]…", help="Default: all of the file."),
    ] = None,
    wheels: Annotated[
        str, typer.Option(help="What `make image` has made; with {version} of the file, or not.")
    ] = "dist/image",
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Devices at once.")] = 4,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    back: Annotated[
        bool, typer.Option("--back", help="Also those that run a newer version than the wheels.")
    ] = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Install or update bare devices over ssh, several at once, by this machine's own `ssh`.

    HOST is what you would type behind `ssh`; default: `host` of the file, else the id.
    """
    from lamplighter_provision.bundle.contents import wheels_folder
    from lamplighter_provision.gateway.desired import read_gateway
    from lamplighter_provision.ssh.hosts import Deed
    from lamplighter_provision.ssh.installing import Installer

    gateway = read_gateway(gateway_file)
    targets = _targets(gateway, devices or list(gateway.agents))

    def new_token(device: str) -> str:
        return client(data, url, token).send(endpoints.create_token(device)).token

    def tell(device: str, line: str) -> None:
        report(f"{device}: {line}")

    folder = wheels_folder(wheels, gateway.version)
    installer = Installer(gateway, folder, new_token, tell, at_once, back)
    planned = installer.plan(targets)
    _show(planned)
    work = [one for one in planned if not one.trouble and one.deed is not Deed.NOTHING]
    out_of_reach = len([one for one in planned if one.trouble])
    done: list[Done] = []
    if work and not dry_run and (yes or typer.confirm("Do it?", default=False)):
        done = installer.install(planned)
        _summarise(done)
    failed = out_of_reach + sum(bool(one.trouble) for one in done)
    if failed:
        raise CommandError(f"{failed} of {len(planned)} devices are not as the file says")
    if not work:
        report("nothing to do")


def _targets(gateway: "Gateway", devices: list[str]) -> "list[Target]":
    from lamplighter_provision.ssh.installing import Target

    named = [text.partition("=") for text in devices]
    unknown = [device for device, *_ in named if device not in gateway.agents]
    if unknown:
        known = ", ".join(gateway.agents)
        raise CommandError(f"the file has no agent {', '.join(unknown)}; known: {known}")
    return [
        Target(device, host or gateway.agents[device].host or device) for device, _, host in named
    ]


def _show(planned: "list[Planned]") -> None:
    for one in planned:
        typer.echo(f"  {one.target.device} ({one.target.host}): {one}")


def _summarise(done: "list[Done]") -> None:
    columns = [
        Column["Done"]("DEVICE", lambda one: one.target.device),
        Column["Done"]("HOST", lambda one: one.target.host),
        Column["Done"]("DONE", lambda one: one.deed if not one.trouble else "failed"),
        Column["Done"]("TIME", lambda one: f"{one.seconds:.0f} s"),
        Column["Done"]("TROUBLE", lambda one: one.trouble),
    ]
    show_rows(done, columns, as_json=False)
