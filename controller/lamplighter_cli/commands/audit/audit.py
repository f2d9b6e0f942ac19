"""Commands on the audit log: list it, check it, keep it elsewhere."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from lamplighter_client import audit_endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import AuditedChange
from lamplighter_wire.files import write_atomically

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show_json, show_rows

audit_app = group("Who changed what, and whether the record of it is whole.")


def _when(entry: AuditedChange) -> str:
    return datetime.fromtimestamp(entry.at).astimezone().isoformat(" ", "seconds")


def _changes(entry: AuditedChange) -> str:
    """What is another afterwards (`site: south -> north`), or what there is of a new thing."""
    before, after = entry.before, entry.after or {}
    if before is None:
        return ", ".join(f"{name}: {_value(name, value)}" for name, value in after.items())
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    told = [(name, _value(name, before.get(name)), _value(name, after.get(name))) for name in names]
    return ", ".join(f"{name}: {old} -> {new}" for name, old, new in told)


def _value(name: str, value: object) -> str:
    """As people read it."""
    if isinstance(value, float) and name.endswith(("_at", "until")):
        return datetime.fromtimestamp(value).astimezone().isoformat(" ", "minutes")
    return "-" if value in (None, "", {}, []) else str(value)


COLUMNS = (
    Column[AuditedChange]("NO", lambda entry: entry.number),
    Column[AuditedChange]("WHEN", _when),
    Column[AuditedChange]("WHO", lambda entry: entry.who or "a stranger"),
    Column[AuditedChange]("FROM", lambda entry: entry.address),
    Column[AuditedChange]("OPERATION", lambda entry: entry.operation),
    Column[AuditedChange]("SUBJECT", lambda entry: entry.subject),
    Column[AuditedChange]("OUTCOME", lambda entry: entry.outcome),
    Column[AuditedChange]("TIMES", lambda entry: entry.times),
    Column[AuditedChange]("WHAT", lambda entry: entry.reason or _changes(entry)),
)


@audit_app.command("list")
def audit_list(
    subject: Annotated[str, typer.Option(help="Only of this, such as device:cam-a.")] = "",
    who: Annotated[str, typer.Option(help="Only what the token of this name did.")] = "",
    outcome: Annotated[str, typer.Option(help="done, ordered or refused.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Changes and refused attempts, newest first."""
    request = audit_endpoints.audit_log(subject=subject, who=who, outcome=outcome, limit=limit)
    entries = client(data, url, token).send(request)
    show_rows(entries, COLUMNS, as_json)


@audit_app.command("verify")
def audit_verify(
    known: Annotated[str, typer.Option(help="A head kept elsewhere, as NUMBER:HASH.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(dir_okay=False, exists=True, help="An export, checked without a controller."),
    ] = None,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Check that no entry was changed, left out or cut off; name the first that was."""
    if file is not None:
        _verify_file(file, known)
        return
    verdict = client(data, url, token).send(audit_endpoints.audit_verdict(known))
    if as_json:
        show_json(verdict)
    elif verdict.sound:
        typer.echo(f"{verdict.rows} entries, whole; head {verdict.head_number}:{verdict.head_hash}")
    if not verdict.sound:
        raise CommandError(f"the audit log is not whole: {verdict.detail}")


@audit_app.command("export")
def audit_export(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="File to write, a JSON line each.")],
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Write the whole log into a file that can be checked elsewhere."""
    lines = [msgspec.json.encode(e) + b"\n" for e in _all_entries(client(data, url, token))]
    try:
        write_atomically(file.absolute(), lines)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error
    typer.echo(f"{file}: {len(lines)} entries")


def _all_entries(api: Client) -> Iterator[AuditedChange]:
    after = 0
    while entries := api.send(audit_endpoints.audit_export(after)):
        yield from entries
        after = entries[-1].number


def _verify_file(file: Path, known: str) -> None:
    from lamplighter_controller.domain.audit.chain import Head, Link, verified

    number, _, digest = known.partition(":")
    try:
        heads = [Head(int(number), digest)] if known else []
        lines = file.read_bytes().splitlines()
        entries = [msgspec.json.decode(line, type=AuditedChange) for line in lines]
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise CommandError(f"{file} is no export, or {known!r} no NUMBER:HASH: {error}") from error
    verdict = verified((Link(e.number, e.text, e.hash) for e in entries), heads)
    if not verdict.is_sound:
        raise CommandError(f"{file} is not whole: {verdict.detail}")
    typer.echo(f"{verdict.rows} entries, whole; head {verdict.head.number}:{verdict.head.hash}")
