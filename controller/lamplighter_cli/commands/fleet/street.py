"""Commands on streets: the lines and zones that a device counts on."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from lamplighter_client.configuring import endpoints
from lamplighter_client.configuring.street_keys import street_keys_problem
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

RANGES = {
    "latitude": "-90 to 90 degrees",
    "longitude": "-180 to 180 degrees",
    "heading_deg": "0 to less than 360 degrees",
    "distance_m": "1 to 1000 metres",
}
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
    typer.echo(_standing_and_notes(shown), err=True)


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
        data = file.read_bytes()
        street = msgspec.json.decode(data, type=StreetFile)
    except OSError as error:
        raise CommandError(os_error_text(error, file)) from error
    except msgspec.ValidationError as error:
        raise CommandError(_wrong(file, str(error))) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise CommandError(
            f"{file} is no FeatureCollection of lines and polygons: {error}"
        ) from error
    problem = street_keys_problem(msgspec.json.decode(data))
    if problem:
        raise CommandError(f"{file}: {problem}")
    return street


def _wrong(file: Path, error: str) -> str:
    """Which part of a file is not as it must be, and how it must be."""
    text, _, path = error.partition(" - at `$.")
    part = path.rstrip("`")
    if not part or part == "type":
        return f"{file} is no FeatureCollection of lines and polygons: {error}"
    field = part.rpartition(".")[2]
    range_ = f"; {field} is from {RANGES[field]}" if field in RANGES else ""
    return f"{file}: {part}: {text}{range_}"


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
    show(answer, _standing_and_notes(answer), as_json)


def _standing_and_notes(answer: DeviceStreet) -> str:
    return "\n".join([standing_text(answer.device, answer.standing), *answer.notes])
