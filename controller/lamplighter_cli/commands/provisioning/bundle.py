"""Bundles for devices without Docker."""

from pathlib import Path
from typing import Annotated

import typer
from lamplighter_client import endpoints

from lamplighter_cli.options import Data, Token, Url, client, finite
from lamplighter_cli.progress import report

TOKEN_HOURS = 24.0


def bundle(
    gateway_file: Annotated[Path, typer.Argument(metavar="GATEWAY", help="As of `docker apply`.")],
    devices: Annotated[list[str], typer.Argument(help="Device ids, one bundle for each.")],
    wheels: Annotated[Path, typer.Option(help="What `make image` has made.")] = Path("dist/image"),
    arch: Annotated[str, typer.Option(help="Processor: amd64 or arm64.")] = "amd64",
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("dist/bundles"),
    enrol: Annotated[
        bool, typer.Option(help="Put a token in, for the first installation to enrol with.")
    ] = True,
    hours: Annotated[
        float, typer.Option(callback=finite, help="How long such a token holds.")
    ] = TOKEN_HOURS,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Write DEVICE.tar.gz: agent, settings, unit, and a script that installs them offline."""
    from lamplighter_provision.bundle.contents import texts, wheels_for
    from lamplighter_provision.bundle.packing import pack
    from lamplighter_provision.gateway.desired import read_gateway

    gateway = read_gateway(gateway_file)
    for device in devices:  # nothing is written, and no token made, before all are known to fit
        texts(gateway, device, arch, wheels_for(wheels, arch)[:1])
    api = client(data, url, token) if enrol else None
    for device in devices:
        made = api.send(endpoints.create_token(device, hours * 3600.0)).token if api else ""
        path = pack(gateway, device, arch, wheels, out, made)
        report(f"{path}: {path.stat().st_size / 1e6:.0f} MB" + (", with a token" if made else ""))
