"""Commands on tokens: those with which devices enrol, and those with which users come in."""

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, cast

import typer
from lamplighter_client import endpoints, registration_endpoints
from lamplighter_client.documents import ApiToken, EnrolmentToken
from lamplighter_client.documents.requests import API_TOKEN_LIFE_S, Role
from lamplighter_wire.joining.links import EnrolLink

from lamplighter_cli.commands.joining.pictures import (
    EnrolUrl,
    address_for_devices,
    show_picture,
    write_picture,
)
from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client, finite, group
from lamplighter_cli.output import Column, show, show_json, show_rows

token_app = group("Enrolment tokens.")
api_token_app = group("Tokens of the API's users.")

DAY_S = 86400.0
Days = Annotated[float, typer.Option(callback=finite, help="How long the token holds.")]


def _moment(at: float | None) -> str:
    return "-" if at is None else datetime.fromtimestamp(at).astimezone().isoformat(" ", "minutes")


API_TOKEN_COLUMNS = (
    Column[ApiToken]("ID", lambda token: token.id),
    Column[ApiToken]("NAME", lambda token: token.name),
    Column[ApiToken]("ROLE", lambda token: token.role),
    Column[ApiToken]("REACHES", lambda token: token.scope or "the fleet"),
    Column[ApiToken]("MADE", lambda token: _moment(token.created_at)),
    Column[ApiToken]("ENDS", lambda token: _moment(token.expires_at)),
    Column[ApiToken]("USED", lambda token: _moment(token.last_used_at)),
)


ENROL_TOKEN_COLUMNS = (
    Column[EnrolmentToken]("ID", lambda token: token.id),
    Column[EnrolmentToken]("DEVICE", lambda token: token.device),
    Column[EnrolmentToken]("MADE", lambda token: _moment(token.created_at)),
    Column[EnrolmentToken]("ENDS", lambda token: _moment(token.expires_at)),
    Column[EnrolmentToken]("STATE", lambda token: _state(token, time.time())),
)


def _state(token: EnrolmentToken, now: float) -> str:
    if token.used_at is not None:
        return f"used {_moment(token.used_at)}"
    return "open" if token.expires_at > now else "ended"


@token_app.command("create")
def token_create(
    device: DeviceArgument,
    hours: Annotated[float, typer.Option(callback=finite, help="How long the token holds.")] = 1.0,
    qr: Annotated[bool, typer.Option("--qr", help="Show a QR code beside it.")] = False,
    qr_file: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a QR code to this PNG.")
    ] = None,
    enrol_url: EnrolUrl = None,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Make a one-time token with which a device enrols; it is shown only now."""
    api = client(data, url, token)
    address = address_for_devices(enrol_url, api) if qr or qr_file else ""
    created = api.send(endpoints.create_token(device, hours * 3600.0))
    link = EnrolLink(address, device, created.token)
    if qr_file:
        write_picture(link, qr_file)
    if as_json:
        show_json(created)
        return
    if qr:
        show_picture(link)
    typer.echo(created.token)


@token_app.command("code")
def token_code(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Make a short code that a technician types at the device within five minutes."""
    created = client(data, url, token).send(registration_endpoints.create_code(device))
    show(created, created.token, as_json)


@token_app.command("list")
def token_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Enrolment tokens and codes: whose they are, and whether they are open."""
    listed = client(data, url, token).send(registration_endpoints.tokens())
    show_rows(listed, ENROL_TOKEN_COLUMNS, as_json)


@token_app.command("revoke")
def token_revoke(
    revoked: Annotated[list[str], typer.Argument(metavar="ID", help="As `token list` shows them.")],
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """End enrolment tokens: nobody enrols with them any more."""
    api = client(data, url, token)
    for name in revoked:
        ended = api.send(registration_endpoints.revoke_token(name))
        typer.echo(f"the token of {ended.device} is revoked")


@api_token_app.command("create")
def api_token_create(
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    role: Annotated[str, typer.Option(help="viewer, operator or admin.")] = "viewer",
    site: Annotated[str, typer.Option(help="It reaches the devices of this site only.")] = "",
    in_group: Annotated[
        str, typer.Option("--group", help="It reaches the devices of this group only.")
    ] = "",
    days: Days = API_TOKEN_LIFE_S / DAY_S,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Make a token for a user or a program; it is shown only now."""
    if site and in_group:
        raise typer.BadParameter("name a site or a group, not both", param_hint="--site, --group")
    scope = f"site:{site}" if site else f"group:{in_group}" if in_group else ""
    request = endpoints.create_api_token(name, cast("Role", role), days * DAY_S, scope)
    created = client(data, url, token).send(request)
    show(created, created.token, as_json)


@api_token_app.command("list")
def api_token_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Who has a token, until when, and when it was last used."""
    tokens = client(data, url, token).send(endpoints.api_tokens())
    show_rows(tokens, API_TOKEN_COLUMNS, as_json)


@api_token_app.command("revoke")
def api_token_revoke(
    revoked: Annotated[str, typer.Argument(metavar="ID", help="As `api-token list` shows it.")],
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """End a token: it opens nothing any more."""
    ended = client(data, url, token).send(endpoints.revoke_api_token(revoked))
    typer.echo(f"{ended.name} ({ended.role}) is revoked")
