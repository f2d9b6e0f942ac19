"""Commands on enrolment tokens."""

from typing import Annotated

import typer
from lamplighter_client import endpoints

from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client, group
from lamplighter_cli.output import show_json

token_app = group("Enrolment tokens.")


@token_app.command("create")
def token_create(
    device: DeviceArgument,
    hours: Annotated[float, typer.Option(help="How long the token holds.")] = 1.0,
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
