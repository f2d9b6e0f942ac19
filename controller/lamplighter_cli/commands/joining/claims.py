"""Devices without a token that ask to come in: listed, accepted, rejected."""

import time
from datetime import datetime
from typing import Annotated

import typer
from lamplighter_client import registration_endpoints as endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import Claim

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, finite, group
from lamplighter_cli.output import Column, show_rows
from lamplighter_cli.progress import report

claim_app = group("Devices without a token that ask to come in.")

HOUR_S = 3600.0
Ids = Annotated[list[str], typer.Argument(metavar="ID", help="As `claim list` shows them.")]
CLAIM_COLUMNS = (
    Column[Claim]("ID", lambda one: one.id),
    Column[Claim]("DEVICE", lambda one: one.device),
    Column[Claim]("FINGERPRINT", lambda one: one.fingerprint),
    Column[Claim]("FROM", lambda one: one.source),
    Column[Claim]("STATE", lambda one: one.state),
    Column[Claim]("HEARD", lambda one: f"{max(0.0, time.time() - one.last_at):.0f} s ago"),
)


@claim_app.command("open")
def claim_open(
    hours: Annotated[float, typer.Option(callback=finite, help="For so long.")] = 1.0,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Take new claims for a while, until the controller is restarted at most."""
    window = client(data, url, token).send(endpoints.open_claims(hours * HOUR_S))
    until = datetime.fromtimestamp(window.until).astimezone()
    report(f"new claims are taken until {until.isoformat(' ', 'minutes')}")


@claim_app.command("close")
def claim_close(data: Data = None, url: Url = None, token: Token = None) -> None:
    """Take no new claims; those that wait can still be decided on."""
    client(data, url, token).send(endpoints.open_claims(0.0))
    report("no new claims are taken")


@claim_app.command("list")
def claim_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Who asks to come in, with the fingerprint that the device shows as well."""
    listed = client(data, url, token).send(endpoints.claims())
    show_rows(listed, CLAIM_COLUMNS, as_json)


@claim_app.command("accept")
def claim_accept(
    claims: Ids,
    site: Annotated[str | None, typer.Option(help="Where it is.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="KEY=VALUE; may be repeated.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="The fingerprints were compared.")] = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let devices in, after a look at the fingerprint that each shows."""
    labels = _labels(label)
    api = client(data, url, token)
    for claim in _found(api, claims):
        typer.echo(f"  {claim.device} from {claim.source}: {claim.fingerprint}")
        if yes or typer.confirm("Does the device show the same?", default=False):
            accepted = api.send(endpoints.accept_claim(claim.id, site, labels))
            report(f"{accepted.device} is accepted; it enrols within seconds")


@claim_app.command("reject")
def claim_reject(claims: Ids, data: Data = None, url: Url = None, token: Token = None) -> None:
    """Keep devices out."""
    api = client(data, url, token)
    for claim in _found(api, claims):
        rejected = api.send(endpoints.reject_claim(claim.id))
        report(f"{rejected.device} is rejected")


def _found(api: Client, ids: list[str]) -> list[Claim]:
    """Claims by their ids.

    Raises:
        CommandError: there is no such claim; nothing is decided then.
    """
    known = {claim.id: claim for claim in api.send(endpoints.claims())}
    missing = [name for name in ids if name not in known]
    if missing:
        raise CommandError(f"no claim {', '.join(missing)}; see: lamplighter claim list")
    return [known[name] for name in ids]


def _labels(given: list[str] | None) -> dict[str, str] | None:
    if given is None:
        return None
    bad = [text for text in given if "=" not in text]
    if bad:
        raise typer.BadParameter(f"write KEY=VALUE, not {bad[0]!r}")
    return dict(text.split("=", 1) for text in given)
