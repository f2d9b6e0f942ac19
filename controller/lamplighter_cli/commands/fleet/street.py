"""Commands on streets: the lines and zones that a device counts on."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from lamplighter_client.configuring import endpoints
from lamplighter_client.documents.configuring.configurations import (
    DeviceStreet,
    Standing,
    StreetFile,
)
from lamplighter_wire.errors import os_error_text

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client, group
from lamplighter_cli.output import show, show_json

street_app = group(
    "The lines and zones that a device counts on, what it passes over, where it stands."
)

Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the version.")]


@street_app.command("show")
def street_show(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What a device counts on, as a file that can be changed and set again."""
    shown = client(data, url, token).send(endpoints.street(device))
    if as_json:
        show_json(shown)
        return
    if shown.street is None:
        typer.echo(f"{device} counts on the lines of its own settings", err=True)
    else:
        show_json(shown.street)
    typer.echo(standing_text(device, shown.standing), err=True)


@street_app.command("set")
def street_set(
    device: DeviceArgument,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="GeoJSON in pixels of a picture.")],
    reason: Reason = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let a device count on other lines and zones, from its next window on."""
    street = read_street(file)
    _tell(client(data, url, token).send(endpoints.set_street(device, street, reason)), as_json)


@street_app.command("reset")
def street_reset(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let a device count on the lines of its own settings again."""
    _tell(client(data, url, token).send(endpoints.reset_street(device)), as_json)


def read_street(file: Path) -> StreetFile:
    """A street from a file.

    Raises:
        CommandError: it cannot be read, or is no street.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=StreetFile)
    except OSError as error:
        raise CommandError(os_error_text(error, file)) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise CommandError(
            f"{file} is no FeatureCollection of lines and polygons: {error}"
        ) from error


def standing_text(device: str, standing: Standing) -> str:
    """How far a device follows what is set of it, in words."""
    if not standing.version:
        return f"nothing was ever set of {device}"
    if standing.refused == standing.version:
        return f"{device} refuses version {standing.version}: {standing.detail}"
    if standing.in_force >= standing.version:
        but = f", but {standing.detail}" if standing.detail else ""
        return f"version {standing.version} is in force on {device}{but}"
    return f"version {standing.version} waits for {device}"


def _tell(answer: DeviceStreet, as_json: bool) -> None:
    show(answer, standing_text(answer.device, answer.standing), as_json)
