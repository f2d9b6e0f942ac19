"""Commands with which one signing key takes another's place."""

from typing import Annotated

import typer
from lamplighter_client import authority_endpoints
from lamplighter_client.documents import SigningKeyRotation

from lamplighter_cli.commands.audit.authority import name_devices
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import show_json

signing_key_app = group("The key that orders and models are signed with, and another in its place.")
LeaveBehind = Annotated[
    bool, typer.Option("--leave-behind", help="Devices that do not believe it get no orders.")
]
NEXT = {
    "none": "no rotation is under way",
    "overlap": "both count; devices learn of the other one. Then: lamplighter signing-key switch",
    "switched": "the other one signs. Then: lamplighter signing-key finish",
}


@signing_key_app.command("status")
def signing_key_status(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """How far a rotation is, and which devices do not believe the key yet."""
    _show(client(data, url, token).send(authority_endpoints.signing_rotation()), as_json)


@signing_key_app.command("rotate")
def signing_key_rotate(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Make another key, which counts beside at once; devices are told."""
    _show(client(data, url, token).send(authority_endpoints.rotate_signing()), as_json)


@signing_key_app.command("switch")
def signing_key_switch(
    leave_behind: LeaveBehind = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let the other key sign, once all devices believe it."""
    request = authority_endpoints.switch_signing(leave_behind=leave_behind)
    _show(client(data, url, token).send(request), as_json)


@signing_key_app.command("finish")
def signing_key_finish(
    leave_behind: LeaveBehind = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """End the old key, and delete it."""
    request = authority_endpoints.finish_signing(leave_behind=leave_behind)
    _show(client(data, url, token).send(request), as_json)


def _show(rotation: SigningKeyRotation, as_json: bool) -> None:
    if as_json:
        show_json(rotation)
        return
    typer.echo(f"{rotation.phase}: {NEXT.get(rotation.phase, '')}")
    beside = f"; {rotation.other} counts beside" if rotation.other else ""
    typer.echo(f"version {rotation.version}: {rotation.key} signs{beside}")
    name_devices("do not believe it yet", rotation.behind)
    name_devices("cannot: update their agents", rotation.unable)
    if rotation.unsigned:
        typer.echo(f"{rotation.unsigned} devices have an order that is to be signed anew")
