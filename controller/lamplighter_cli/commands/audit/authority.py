"""Commands with which one authority takes another's place."""

from collections.abc import Sequence
from typing import Annotated

import typer
from lamplighter_client import authority_endpoints
from lamplighter_client.documents import AuthorityRotation

from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import show_json

authority_app = group("The authority that signs certificates, and another in its place.")
LeaveBehind = Annotated[
    bool, typer.Option("--leave-behind", help="Devices that have not followed enrol again.")
]
NEXT = {
    "none": "no rotation is under way",
    "overlap": "both count; devices learn of the other one. Then: lamplighter authority switch",
    "switched": "the other one signs; devices renew. Then: lamplighter authority finish",
}
MOST_NAMED = 10


@authority_app.command("status")
def authority_status(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """How far a rotation is, and which devices have not followed."""
    _show(client(data, url, token).send(authority_endpoints.rotation()), as_json)


@authority_app.command("rotate")
def authority_rotate(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Make another authority; both count, and devices are told."""
    _show(client(data, url, token).send(authority_endpoints.rotate()), as_json)


@authority_app.command("switch")
def authority_switch(
    leave_behind: LeaveBehind = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let the other authority sign, once all devices know it."""
    request = authority_endpoints.switch(leave_behind=leave_behind)
    _show(client(data, url, token).send(request), as_json)


@authority_app.command("finish")
def authority_finish(
    leave_behind: LeaveBehind = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """End the old authority, once no device has its certificate."""
    request = authority_endpoints.finish(leave_behind=leave_behind)
    _show(client(data, url, token).send(request), as_json)


def _show(rotation: AuthorityRotation, as_json: bool) -> None:
    if as_json:
        show_json(rotation)
        return
    typer.echo(f"{rotation.phase}: {NEXT.get(rotation.phase, '')}")
    name_devices("do not know it yet", rotation.behind)
    name_devices("have a certificate of the old one", rotation.old)
    if rotation.readers:
        named = ", ".join(rotation.readers)
        typer.echo(f"the next step cuts off the readers {named}: end them, and add them again")


def name_devices(what: str, devices: Sequence[str]) -> None:
    """How many there are, and which, unless there are none."""
    if devices:
        more = ", …" if len(devices) > MOST_NAMED else ""
        typer.echo(f"{len(devices)} devices {what}: {', '.join(devices[:MOST_NAMED])}{more}")
