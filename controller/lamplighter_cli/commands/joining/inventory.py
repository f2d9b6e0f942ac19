"""Many devices at once: registered from a file, and all of them as a file."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from lamplighter_client import registration_endpoints as endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import InventoryEntry, RegisteredDevice, Registration
from lamplighter_client.documents.registering.registrations import TOKEN_LIFE_S
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.errors import RefusedError
from lamplighter_client.inventory.files import inventory_text, read_inventory
from lamplighter_client.inventory.rows import ENDINGS, Format, InventoryError, format_of
from lamplighter_wire.errors import os_error_text
from lamplighter_wire.files import write_secret
from lamplighter_wire.joining.links import EnrolLink

from lamplighter_cli.commands.joining.pictures import EnrolUrl, address_for_devices, write_picture
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, finite, group
from lamplighter_cli.output import Column, show_rows
from lamplighter_cli.progress import report

inventory_app = group("Many devices at once, from and to a file.")

Placed = tuple[str, InventoryEntry]  # with its line
Register = Callable[[list[InventoryEntry]], ApiRequest[list[RegisteredDevice]]]
HOUR_S = 3600.0
# Seconds of a controller that decides nothing else meanwhile.
PART = 1000
MOST_SHOWN = 40
UNCHANGED = "Nothing was changed."
REGISTERED = "registered"
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help=f"One of {', '.join(ENDINGS)}.", dir_okay=False)
]
REGISTRATION_COLUMNS = (
    Column[Registration]("ID", lambda one: one.id),
    Column[Registration]("SITE", lambda one: one.site),
    Column[Registration]("LABELS", lambda one: [f"{k}={v}" for k, v in one.labels.items()]),
    Column[Registration]("LIMITS", lambda one: [f"{k}={v:g}" for k, v in one.objective.items()]),
    Column[Registration]("CAMERA", lambda one: one.camera),
    Column[Registration]("ENROLLED", lambda one: one.has_enrolled),
)


@inventory_app.command("import")
def inventory_import(
    file: FileArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    tokens: Annotated[
        Path | None, typer.Option(dir_okay=False, help="File (CSV) for the tokens: id,token.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder for a QR code (PNG) of each.")
    ] = None,
    enrol_url: EnrolUrl = None,
    hours: Annotated[
        float, typer.Option(callback=finite, help="How long tokens hold.")
    ] = TOKEN_LIFE_S / HOUR_S,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Register the devices of a file; where a line is not in order, none of them.

    Without --tokens and --pictures no tokens are made. Many are registered a thousand at a time; if
    that is cut off, the same command goes on.
    """
    placed = _read(file)
    api = client(data, url, token)
    address = address_for_devices(enrol_url, api) if pictures else ""
    wants_tokens = bool(tokens or pictures)
    planned = _in_parts(api, file, placed, "looked at", partial(endpoints.register, dry_run=True))
    _show_plan(planned)
    coming = [one.id for one in planned if not one.has_enrolled]
    if wants_tokens:
        typer.echo(f"  a token for each of {len(coming)} that have not enrolled")
    is_needed = wants_tokens or any(one.change != "same" for one in planned)
    if not is_needed:
        report("nothing to do")
    if dry_run or not is_needed or not (yes or typer.confirm("Do it?", default=False)):
        return
    register = partial(endpoints.register, tokens=wants_tokens, life_s=hours * HOUR_S)
    registered = _in_parts(api, file, placed, REGISTERED, register)
    _keep_tokens(registered, tokens, pictures, address)
    report(f"{len(registered)} devices are as the file says")


@inventory_app.command("export")
def inventory_export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", dir_okay=False, help="Default: print it.")
    ] = None,
    kind: Annotated[Format, typer.Option("--format", help="Of what is printed.")] = Format.CSV,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Write all devices to a file, which `import` takes again; with passwords of cameras."""
    kind = format_of(file) if file else kind
    entries = client(data, url, token).send(endpoints.inventory())
    text = inventory_text(entries, kind)
    if file is None:
        typer.echo(text, nl=False)
        return
    _write(file, text)
    report(f"{file}: {len(entries)} devices")


@inventory_app.command("list")
def inventory_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """What devices are registered as, and which of them have enrolled."""
    listed = client(data, url, token).send(endpoints.registrations())
    show_rows(listed, REGISTRATION_COLUMNS, as_json)


@inventory_app.command("forget")
def inventory_forget(
    devices: Annotated[list[str], typer.Argument(help="Ids or patterns, as they are listed.")],
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """End registrations and their open tokens; devices that have enrolled stay."""
    api = client(data, url, token)
    for device in devices:
        api.send(endpoints.forget(device))
        report(f"{device} is registered no longer")


def _read(file: Path) -> list[Placed]:
    try:
        return read_inventory(file)
    except InventoryError as error:
        raise CommandError(f"{error}\n{UNCHANGED}") from error


def _in_parts(
    api: Client, file: Path, placed: list[Placed], done: str, register: Register
) -> list[RegisteredDevice]:
    """What became of all, a part at a time, with how far it is where there are several."""
    answers: list[RegisteredDevice] = []
    for first in range(0, len(placed), PART):
        part = placed[first : first + PART]
        otherwise = _what_is_done(first, done)
        answers += _asked(api, file, part, register([entry for _, entry in part]), otherwise)
        if len(placed) > PART:
            report(f"{len(answers)} of {len(placed)} devices {done}")
    return answers


def _what_is_done(before: int, done: str) -> str:
    """What there is to know where a part is refused: those before it are kept."""
    if not before or done != REGISTERED:
        return UNCHANGED
    return (
        f"The {before} devices before it are registered; mend the line and run the same command"
        " again."
    )


def _asked(
    api: Client,
    file: Path,
    placed: list[Placed],
    request: ApiRequest[list[RegisteredDevice]],
    otherwise: str,
) -> list[RegisteredDevice]:
    """The controller's answer; what it refuses is told by the file's lines, and `otherwise`."""
    try:
        return api.send(request)
    except RefusedError as error:
        lines = [_at_its_line(flaw.field, flaw.detail, file, placed) for flaw in error.flaws]
        if not lines:
            raise
        raise CommandError("\n".join([*lines, otherwise])) from error


def _at_its_line(field: str, detail: str, file: Path, placed: list[Placed]) -> str:
    number, _, column = field.removeprefix("body.devices[").partition("]")
    if not number.isdigit() or int(number) >= len(placed):
        return f"{file}: {field}: {detail}"
    return f"{file}: {placed[int(number)][0]}: {column.removeprefix('.')}: {detail}"


def _show_plan(planned: list[RegisteredDevice]) -> None:
    counts = Counter(one.change for one in planned)
    different = [one for one in planned if one.change != "same"]
    for one in different[:MOST_SHOWN]:
        state = ", has enrolled" if one.has_enrolled else ""
        typer.echo(f"  {one.id}: {one.change}{state}" + _listed(one.differences))
    if len(different) > MOST_SHOWN:
        typer.echo(f"  … and {len(different) - MOST_SHOWN} more")
    typer.echo(f"  {counts['new']} new, {counts['changed']} changed, {counts['same']} as they are")


def _listed(texts: list[str]) -> str:
    return f" ({'; '.join(texts)})" if texts else ""


def _keep_tokens(
    registered: list[RegisteredDevice], file: Path | None, pictures: Path | None, url: str
) -> None:
    made = [one for one in registered if one.token]
    if file is not None:
        lines = [f"{one.id},{one.token}\n" for one in made]
        _write(file, "id,token\n" + "".join(lines))
        report(f"{file}: {len(made)} tokens; whoever reads it can enrol as these devices")
    if pictures is not None:
        for one in made:
            write_picture(EnrolLink(url, one.id, one.token), pictures / f"{one.id}.png")
        report(f"{pictures}: {len(made)} QR codes; whoever scans one can enrol as that device")


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_secret(file, text.encode())
    except OSError as error:
        raise CommandError(os_error_text(error, file)) from error
