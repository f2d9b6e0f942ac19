"""Commands on readers: programs of others that read states of devices at the broker."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from lamplighter_client.documents import Reader
from lamplighter_client.watching import endpoints
from lamplighter_wire.files import write_secret

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show_rows

reader_app = group("Programs that read states of devices at the broker, and do nothing else.")
ReaderArgument = Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")]


def _day(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d") if at else "-"


COLUMNS = (
    Column[Reader]("NAME", lambda reader: reader.name),
    Column[Reader]("MADE", lambda reader: _day(reader.created_at)),
    Column[Reader]("BY", lambda reader: reader.created_by),
    Column[Reader]("CERTIFICATE ENDS", lambda reader: _day(reader.ends_at)),
)


@reader_app.command("add")
def reader_add(
    name: ReaderArgument,
    out: Annotated[Path, typer.Argument(file_okay=False, help="Folder for key and certificate.")],
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let a program read: writes ca.crt, client.crt and client.key into a folder."""
    if any((out / file).exists() for file in ("client.key", "client.crt")):
        raise CommandError(f"{out} has a key or certificate already; name another folder")
    made = client(data, url, token).send(endpoints.create_reader(name))
    texts = {"ca.crt": made.authority, "client.crt": made.certificate, "client.key": made.key}
    for file, text in texts.items():
        write_secret(out / file, text.encode())
    typer.echo(f"broker {made.broker_host}, port {made.broker_port}, TLS with the files in {out}")
    typer.echo("topics lamplighter/read/# and homeassistant/#")


@reader_app.command("list")
def reader_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Who may read, and until when."""
    readers = client(data, url, token).send(endpoints.readers())
    show_rows(readers, COLUMNS, as_json)


@reader_app.command("end")
def reader_end(
    name: ReaderArgument, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Let it read nothing more: its connection ends, its certificate opens nothing."""
    ended = client(data, url, token).send(endpoints.end_reader(name))
    typer.echo(f"{ended.name} reads nothing more")
