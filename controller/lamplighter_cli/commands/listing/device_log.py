"""`lamplighter device log`: the newest lines that a device's agent has logged."""

from typing import Annotated

import typer
from lamplighter_client import endpoints
from lamplighter_client.watching.log_words import log_line, moment, remembered
from lamplighter_wire.policy.log_limits import MOST_LINES, LogLevel

from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client
from lamplighter_cli.output import show_json


def device_log(
    device: DeviceArgument,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=1, max=MOST_LINES, help="The newest so many.")
    ] = 100,
    level: Annotated[LogLevel, typer.Option(help="The least that is shown.")] = "info",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What its agent has logged, the oldest first, as the device itself tells it now.

    An agent remembers its newest 500 lines; where its owner has set share_log to off it gives
    none. The request is in the audit log, and the controller keeps no line.
    """
    told = client(data, url, token).send(endpoints.read_log(device, lines, level))
    if as_json:
        show_json(told)
        return
    for line in told.lines:
        typer.echo(log_line(line))
    typer.echo(f"{device}: {remembered(told, moment(told.since))}", err=True)
