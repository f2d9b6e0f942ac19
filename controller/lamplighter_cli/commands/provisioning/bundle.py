"""Bundles for devices without Docker: to bring them in, or to update what a rollout has due."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from lamplighter_client import endpoints, rollout_endpoints
from lamplighter_client.client import Client

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Token, Url, client, finite
from lamplighter_cli.progress import report

if TYPE_CHECKING:
    from lamplighter_provision.due.bundles import DueBundle, DueBundles, Wanted
    from lamplighter_provision.gateway.desired import Gateway

TOKEN_HOURS = 24.0
ARCH, OUT, OUT_DUE = "amd64", "dist/bundles", "dist/due"


def bundle(
    gateway_file: Annotated[Path, typer.Argument(metavar="GATEWAY", help="As of `docker apply`.")],
    devices: Annotated[
        list[str] | None,
        typer.Argument(help="Device ids, one bundle for each; with --due, default: all of it."),
    ] = None,
    due: Annotated[
        str, typer.Option(help="A rollout of an agent's version: bundles for who is due in it.")
    ] = "",
    wheels: Annotated[
        str, typer.Option(help="What `make image` has made; with {version} in it, or not.")
    ] = "dist/image",
    arch: Annotated[
        str, typer.Option(help=f"amd64 or arm64; default: {ARCH}, with --due what each device is.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(help=f"Folder to write; default: {OUT}, with --due {OUT_DUE}/ROLLOUT."),
    ] = None,
    enrol: Annotated[
        bool, typer.Option(help="Put a token in, for the first installation to enrol with.")
    ] = True,
    hours: Annotated[
        float, typer.Option(callback=finite, help="How long such a token holds.")
    ] = TOKEN_HOURS,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --due: show the plan only.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --due: do it without asking.")] = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Write DEVICE.tar.gz: agent, settings, unit, and a script that installs them offline.

    With --due the folder gets a bundle for each device that is due now, and loses those of others.
    """
    from lamplighter_provision.bundle.contents import wheels_folder
    from lamplighter_provision.due.bundles import DueBundles
    from lamplighter_provision.gateway.desired import read_gateway

    gateway, named = read_gateway(gateway_file), devices or []
    if due:
        _check_names(gateway, named)
        bundles = DueBundles(gateway, wheels, out or Path(OUT_DUE) / due, arch)
        planned = bundles.plan(_due(client(data, url, token), due, gateway_file, gateway), named)
        _write_due(bundles, planned, dry_run=dry_run, yes=yes)
    elif named:
        api = client(data, url, token) if enrol else None
        folder = wheels_folder(wheels, gateway.version)
        _write(gateway, named, folder, arch or ARCH, out or Path(OUT), api, hours)
    else:
        raise CommandError("name the devices, or a rollout with --due")


def _write(
    gateway: "Gateway",
    devices: list[str],
    wheels: Path,
    arch: str,
    out: Path,
    api: Client | None,
    hours: float,
) -> None:
    from lamplighter_provision.bundle.contents import texts, wheels_for
    from lamplighter_provision.bundle.packing import pack

    for device in devices:  # nothing is written, and no token made, before all are known to fit
        texts(gateway, device, arch, wheels_for(wheels, arch)[:1])
    for device in devices:
        made = api.send(endpoints.create_token(device, hours * 3600.0)).token if api else ""
        _tell(pack(gateway, device, arch, wheels, out, made), ", with a token" if made else "")


def _check_names(gateway: "Gateway", devices: list[str]) -> None:
    unknown = [device for device in devices if device not in gateway.agents]
    if unknown:
        known = ", ".join(gateway.agents)
        raise CommandError(f"the file has no agent {', '.join(unknown)}; known: {known}")


def _due(api: Client, rollout: str, file: Path, gateway: "Gateway") -> "list[Wanted]":
    """Who of the file is due; who else is due is told."""
    from lamplighter_provision.due.bundles import Wanted

    listed = api.send(rollout_endpoints.due_devices(rollout))
    elsewhere = [one.device for one in listed if one.device not in gateway.agents]
    if elsewhere:
        report(f"{file} does not name {', '.join(elsewhere)}, due as well")
    return [Wanted(one.device, one.version, one.machine) for one in listed]


def _write_due(
    bundles: "DueBundles", planned: "list[DueBundle]", *, dry_run: bool, yes: bool
) -> None:
    for one in planned:
        typer.echo(f"  {one}")
    work = [one for one in planned if one.has_work]
    if work and not dry_run and (yes or typer.confirm("Do it?", default=False)):
        for one in work:
            path = bundles.carry_out(one)
            _tell(path) if path.exists() else report(f"{path}: removed")
    left = sum(bool(one.trouble) for one in planned)
    if left:
        raise CommandError(f"{left} of {len(planned)} devices get no bundle")
    if not work:
        report(f"nothing to do: {bundles.out} has a bundle for each device that is due")


def _tell(path: Path, more: str = "") -> None:
    report(f"{path}: {path.stat().st_size / 1e6:.0f} MB{more}")
