"""Commands on tokens: those with which devices enrol, and those with which users come in."""

from datetime import datetime
from typing import Annotated, cast

import typer
from lamplighter_client import endpoints
from lamplighter_client.documents import ApiToken
from lamplighter_client.documents.requests import API_TOKEN_LIFE_S, Role

from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client, finite, group
from lamplighter_cli.output import Column, show_json, show_rows

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


@token_app.command("create")
def token_create(
    device: DeviceArgument,
    hours: Annotated[float, typer.Option(callback=finite, help="How long the token holds.")] = 1.0,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Make a one-time token with which a device enrols; it is shown only now."""
    created = client(data, url, token).send(endpoints.create_token(device, hours * 3600.0))
    if as_json:
        show_json(created)
    else:
        typer.echo(created.token)


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
    if as_json:
        show_json(created)
    else:
        typer.echo(created.token)


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
