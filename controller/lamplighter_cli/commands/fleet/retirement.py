"""Commands on devices that leave: retire, revoke, restore, release."""

import sys
import time
from typing import Annotated

import typer
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import Device
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.wording import served_variant

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client
from lamplighter_cli.output import show, show_json

# By then a broker of ours has read its rules, and the device has been tried.
PATIENCE_S = 10.0
LOOK_S = 0.2
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def device_retire(
    device: DeviceArgument,
    yes: Yes = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Neither hear the device nor tell it anything from now on; it can be restored."""
    api = client(data, url, token)
    _ask(api, device, "Retire it", yes)
    _end(api, endpoints.retire(device), f"{device} is retired", as_json)


def device_revoke(
    device: DeviceArgument,
    reason: Annotated[str, typer.Option(help="What happened, for the record.")],
    yes: Yes = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Shut out a device that was stolen, at once and for ever."""
    api = client(data, url, token)
    _ask(api, device, "Revoke it for ever", yes)
    _end(api, endpoints.revoke(device, reason), f"{device} is revoked", as_json)


def device_restore(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Undo the retirement of a device."""
    restored = client(data, url, token).send(endpoints.restore(device))
    show(restored, f"{device} is in the fleet again; its certificates count", as_json)


def device_release(
    device: DeviceArgument,
    yes: Yes = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Free the name of a retired device: another may enrol under it."""
    api = client(data, url, token)
    _ask(api, device, "Free its name; it can not be restored then", yes)
    released = api.send(endpoints.release(device))
    show(released, f"the name {device} is free: lamplighter token create {device}", as_json)


def _ask(api: Client, device: str, what: str, yes: bool) -> None:
    """Raises CommandError where nobody agrees."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError("nobody can be asked here; say --yes")
    shown = api.send(endpoints.device(device))
    state = "online" if shown.online else "offline"
    where = f" at {shown.site}" if shown.site else ""
    typer.echo(f"{device}{where} is {state} and serves {served_variant(shown) or 'nothing'}.")
    if not typer.confirm(f"{what}?"):
        raise CommandError("nothing was done")


def _end(api: Client, request: ApiRequest[Device], text: str, as_json: bool) -> None:
    """Wait until the broker keeps the device out, and say so, or what is to be done for it."""
    ended = api.send(request)
    until = time.monotonic() + PATIENCE_S
    while ended.shut_out == "pending" and time.monotonic() < until:
        time.sleep(LOOK_S)
        ended = api.send(endpoints.device(ended.id))
    if as_json:
        show_json(ended)
    elif ended.shut_out == "in force":
        typer.echo(f"{text}: the broker keeps it out")
    else:
        typer.echo(f"{text}, but not kept out yet: {ended.shut_out}")
